"""The `q` grammar: what each form finds, and what is no query at all."""

from decimal import Decimal

import pytest

from demo.shop.query import BadQuery, parse_query

ORDER = {
    "id": "EON1",
    "status": "CONFIRMED",
    "created": "2026-02-02T08:00:00.000Z",
    "checkout": True,
    "legalEntityId": None,
    "totalAuthorizedAmount": Decimal("288.95"),
    "entries": [{"product": {"id": "SHOE"}, "amount": 2}, {"product": {"id": "BOOK"}, "amount": 30}],
    "customer": {"name": "Ada (Example), GmbH", "email": "ada@example.com"},
    "deliveryWindow": {"deliveryDate": "2026-02-05"},
    "mixins": {"generalAttributes": {"extendedOrderStatus": "70", "orderNumber": 4711}},
}


@pytest.mark.parametrize(
    "q",
    [
        "",
        "id:EON1",
        'id:"EON1"',
        "status:(CREATED,CONFIRMED)",
        "mixins.generalAttributes.extendedOrderStatus:70",
        "mixins.generalAttributes.extendedOrderStatus:(70,75,76)",
        'mixins.generalAttributes.extendedOrderStatus:("70")',
        "mixins.generalAttributes.orderNumber:4711",
        "status:CONFIRMED mixins.generalAttributes.extendedOrderStatus:70",
        "status:CONFIRMED   checkout:true",
        "totalAuthorizedAmount:288.950",
        "totalAuthorizedAmount:>288.94",
        "totalAuthorizedAmount:>=288.95",
        "totalAuthorizedAmount:<=288.95",
        "totalAuthorizedAmount:(>=200 AND <=300)",
        "entries.product.id:BOOK",
        "entries.amount:>29",
        'created:"2026-02-02T09:00:00+01:00"',
        'created:<="2026-02-02T08:00:00Z"',
        'created:(>="2026-02-02" AND <"2026-02-03")',
        'deliveryWindow.deliveryDate:<="2026-02-05T00:00:00.000Z"',
        "legalEntityId:null",
        "legalEntityId:exists",
        "deliveryWindow.deliveryDate:exists",
        "mixins.invoice.invoiceNo:missing",
        'customer.name:"Ada (Example), GmbH"',
        "customer.email:~^ada@",
        "customer.name:(~Example., GmbH)",
    ],
)
def test_a_query_finds_the_order(q: str) -> None:
    assert parse_query(q).matches(ORDER)


@pytest.mark.parametrize(
    "q",
    [
        "id:eon1",
        "id:EON",
        "status:(CREATED,SHIPPED)",
        "status:CONFIRMED mixins.generalAttributes.extendedOrderStatus:71",
        "checkout:false",
        'checkout:"true"',
        "totalAuthorizedAmount:>288.95",
        "totalAuthorizedAmount:<288.95",
        "totalAuthorizedAmount:(>=200 AND <=288.94)",
        "entries.product.id:HAT",
        "entries.amount:(>=3 AND <=29)",  # no single entry lies between, though the ends lie on both sides
        'created:<"2026-02-02T08:00:00Z"',
        'created:>"2026-02-02T08:00:00Z"',
        "created:>2026",  # a bare number is no date
        'totalAuthorizedAmount:>"100"',  # a quoted text is no number
        "mixins.invoice.invoiceNo:exists",
        "mixins.invoice.invoiceNo:null",
        "status:missing",
        "status:null",
        "id:exists status:SHIPPED",
        "customer.email:~^bob",
    ],
)
def test_a_query_passes_the_order_over(q: str) -> None:
    assert not parse_query(q).matches(ORDER)


@pytest.mark.parametrize(
    "q",
    [
        "status",
        "status:",
        ":CONFIRMED",
        "status=CONFIRMED",
        "status: CONFIRMED",
        "status:(CREATED",
        "status:()",
        "status:(CREATED, CONFIRMED)",
        "status:CREATED,CONFIRMED",
        "status:CREATED AND id:EON1",
        "amount:(>=1 AND >=2)",
        "amount:(>=1 AND <=2",
        "amount:>=(1,2)",
        "created:<=2026-02-02T08:00:00Z",  # dates stand in double quotes
        'created:"2026-02-02',
        "id:EON1;status:CREATED",
        "customer.email:~[",
        "id:EON1)",
        "9id:EON1",
    ],
)
def test_what_is_not_in_the_grammar_is_refused(q: str) -> None:
    with pytest.raises(BadQuery):
        parse_query(q)


def test_a_query_names_the_texts_that_a_store_may_narrow_by() -> None:
    query = parse_query("status:(CREATED,CONFIRMED) status:(CONFIRMED,SHIPPED) id:~EON totalAuthorizedAmount:>1")
    assert query.wanted("status") == frozenset({"CONFIRMED"})
    assert query.wanted("id") is None
    assert query.wanted("totalAuthorizedAmount") is None
