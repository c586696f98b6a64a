"""The chain that shows a later change: every invoice's hash covers the invoice before it in its series."""

import hashlib
import json
from typing import Any


def link(document: dict[str, Any], previous_hash: str | None) -> str:
    """SHA-256 (hex) over the previous hash and the document's canonical JSON (sorted keys, no spaces, UTF-8).

    `document` holds only strings, booleans, integers, nulls, lists and objects: amounts are strings, so that no
    database or parser can write them in another way.

    >>> link({"number": "INV261001"}, None) == link({"number": "INV261001"}, None)
    True
    >>> link({"number": "INV261001"}, None) == link({"number": "INV261002"}, None)
    False
    """
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous_hash or ''}\n{canonical}".encode()).hexdigest()
