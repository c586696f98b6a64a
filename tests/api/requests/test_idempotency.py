"""What tells two requests under one `Idempotency-Key` apart."""

from decimal import Decimal

from api.deskera import Amount, DeskeraModel
from api.requests.idempotency import keyed_request, request_hash


class Line(DeskeraModel):
    unit_price: Amount
    note: str | None = None


class Body(DeskeraModel):
    lines: list[Line]


def test_the_order_of_members_makes_no_difference_that_of_items_does() -> None:
    assert request_hash({"a": 1, "b": {"c": 2, "d": 3}}) == request_hash({"b": {"d": 3, "c": 2}, "a": 1})
    assert request_hash({"a": [1, 2]}) != request_hash({"a": [2, 1]})


def test_equal_numbers_are_equal_however_they_are_written() -> None:
    assert request_hash({"a": Decimal("1.50")}) == request_hash({"a": Decimal("1.5")})
    assert request_hash({"a": Decimal("1.50")}) != request_hash({"a": Decimal("1.51")})
    assert request_hash({"a": Decimal("1.5")}) != request_hash({"a": "1.5"})


def test_a_model_counts_as_it_was_read() -> None:
    sent = {"lines": [{"unitPrice": "1.50", "colour": "red"}]}
    assert request_hash(Body.model_validate(sent)) == request_hash(Body(lines=[Line(unit_price=Decimal("1.5"))]))
    assert request_hash(Body.model_validate(sent)) != request_hash(Body(lines=[]))
    assert request_hash([Body(lines=[])]) != request_hash(Body(lines=[]))


def test_null_and_nothing_differ_in_json_only() -> None:
    assert request_hash({"a": None}) != request_hash({})
    price = Decimal(1)
    assert request_hash(Line(unit_price=price, note=None)) == request_hash(Line(unit_price=price))


def test_without_a_key_every_request_is_a_new_one() -> None:
    assert keyed_request("acme", "create", None, "hash") is None
    keyed = keyed_request("acme", "create", "k1", "hash")
    assert keyed is not None
    assert (keyed.tenant, keyed.operation, keyed.key, keyed.request_hash) == ("acme", "create", "k1", "hash")
