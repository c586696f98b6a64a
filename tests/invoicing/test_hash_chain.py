"""The chain by which a later change of an invoice shows."""

import hashlib
import json
from typing import Any

import pytest

from invoicing.hash_chain import link

DOCUMENT: dict[str, Any] = {
    "number": "INV261001",
    "buyer": {"name": "Größe & 漢字", "email": None},
    "lines": [{"net": "10.00", "position": 1}, {"net": "0.10", "position": 2}],
    "tax_inclusive": False,
}


def test_a_link_is_the_sha256_of_the_hash_before_it_and_the_document() -> None:
    assert link({"b": "2", "a": "ü"}, None) == hashlib.sha256('\n{"a":"ü","b":"2"}'.encode()).hexdigest()
    assert link({"a": "1"}, "c0ffee") == hashlib.sha256(b'c0ffee\n{"a":"1"}').hexdigest()


def test_the_order_in_which_members_are_stored_does_not_matter() -> None:
    turned = dict(reversed(DOCUMENT.items()))
    stored = json.loads(json.dumps(turned, indent=3))
    assert link(stored, "c0ffee") == link(DOCUMENT, "c0ffee")


@pytest.mark.parametrize(
    "change",
    [
        {"number": "INV261002"},
        {"number": None},
        {"buyer": {"name": "Groesse & 漢字", "email": None}},
        {"buyer": {"name": "Größe & 漢字"}},
        {"lines": [{"net": "0.10", "position": 2}, {"net": "10.00", "position": 1}]},
        {"lines": [{"net": "10.0", "position": 1}, {"net": "0.10", "position": 2}]},
        {"tax_inclusive": True},
        {"remark": "new"},
    ],
)
def test_any_change_of_the_document_changes_its_link(change: dict[str, Any]) -> None:
    assert link({**DOCUMENT, **change}, "c0ffee") != link(DOCUMENT, "c0ffee")


def test_a_change_shows_in_every_later_link() -> None:
    def chain(documents: list[dict[str, Any]]) -> list[str]:
        hashes: list[str] = []
        for document in documents:
            hashes.append(link(document, hashes[-1] if hashes else None))
        return hashes

    kept = [{"number": f"INV{place}"} for place in range(4)]
    tampered = [*kept]
    tampered[1] = {"number": "INV1", "gross": "1.00"}
    same = [before == after for before, after in zip(chain(kept), chain(tampered), strict=True)]
    assert same == [True, False, False, False]
