"""Creating and reading sales invoices over HTTP (Deskera B.2 to B.8)."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from httpx import AsyncClient
from pydantic.alias_generators import to_camel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.sales_invoices.bodies import ItemBody, SalesInvoiceBody
from api.security.access import INVOICE_VIEW
from database import audit, configurations, sales_invoices
from database.configurations import Entry as Configuration
from database.secured_values import NO_KEY
from database.tables import Attachment, DrawnNumber, IssuedInvoice, SalesInvoice, WorkflowStart
from invoicing.invoice import Address, ChargeKind
from tests.api.sales_invoices.requests import SITE, URL, created, faults, item, refused, request, set_up
from tests.api.sales_invoices.test_listing import from_order
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]

ADDRESS = {
    "address1": "12 Elm Street",
    "address2": None,
    "country": "US",
    "state": "KY",
    "city": "Louisville",
    "postalCode": 40202,
    "preferred": True,
}
WHOLE = {
    "contactCode": "C-0000001",
    "currency": "SGD",
    "exchangeRate": 1,
    "salesInvoiceDate": "18-06-2020",
    "salesInvoiceDueDate": "18-07-2020",
    "memo": "Thank you",
    "status": "OPEN",
    "unitPriceGstInclusive": False,
    "openingInvoice": False,
    "backOrder": False,
    "draft": False,
    "fulfillmentStatus": "UNFULFILLED",
    "fulfillmentComplete": False,
    "shipByDate": "18-06-2020",
    "totalAmount": 0,
    "dueAmount": 0,
    "attachments": [],
    "contact": {"name": "Ada Byron", "address": "12 Elm Street, Louisville", "peppolId": None},
    "shipFrom": ADDRESS | {"country": None},
    "shipTo": ADDRESS,
    "billTo": ADDRESS,
    "salesInvoiceItems": [
        {
            "productCode": "P-0000001",
            "productDescription": "Drill",
            "productQuantity": 1,
            "unitPrice": 120,
            "discount": None,
            "discountInPercent": False,
            "taxCode": "TX-0000001",
            "type": "TRACKED",
            "productOrder": 1,
        }
    ],
    "documentDate": "18-06-2020",
    "supportedFeatures": {"anything": [1, 2]},
}
"""Every member of the vendor's own sample, and two that nobody knows."""
ITEM_MEMBERS = {
    "id", "productCode", "documentSequenceCode", "productDescription", "productQuantity", "unitPrice", "discount",
    "discountInPercent", "taxCode", "taxAmount", "totalAmount", "productOrder", "salesInvoiceItemCode", "type",
    "availableQuantity", "product", "tax", "customField", "invoiceLineNumber",
}  # fmt: skip
MEMBERS = {
    "openingInvoice", "totalAmount", "totalAmountInBaseCurrency", "payableAccountCode", "taxAmount",
    "openingDocumentNumber", "warehouseCode", "dropShip", "backOrder", "status", "customField", "attachmentIds",
    "contactCode", "linkedDocuments", "purchaseOrderRefNo", "journalEntryCode", "currency", "exchangeRate",
    "salesInvoiceDate", "salesInvoiceDueDate", "memo", "attachments", "unitPriceGstInclusive", "dueAmount",
    "withheldAmount", "recurring", "recurringActivated", "salesInvoiceItems", "salesInvoiceRecurring", "contact",
    "shipFrom", "shipTo", "billTo", "shipByDate", "id", "salesInvoiceCode", "documentSequenceCode", "knockoffInfo",
    "tdsInfo", "draft", "paymentStatus", "fulfillmentStatus", "fulfillmentType", "contactDto",
}  # fmt: skip
REQUEST_ONLY = {"fulfillmentComplete", "sequenceFormat"}
"""In the vendor's table of attributes, and not in its sample of an answer."""


async def number_of_drawn(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count()).where(DrawnNumber.tenant == tenant)) or 0


async def document_of(sessions: Sessions, tenant: str, code: str) -> Any:
    async with sessions() as session:
        row = await sales_invoices.find(session, tenant, code)
        assert row is not None
        return await sales_invoices.document_of(session, row)


async def configure(sessions: Sessions, tenant: str, key: str, value: str) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, [Configuration(key, value)], NO_KEY)


async def test_the_vendors_request_makes_the_vendors_answer(seller: Client) -> None:
    made = await created(seller, WHOLE)
    assert made.pop("eInvoice")["notMade"] == ["CII", "UBL"], "its seller has no number at the tax office"
    assert made.keys() == MEMBERS | REQUEST_ONLY
    (line,) = made["salesInvoiceItems"]
    assert line.keys() == ITEM_MEMBERS
    shown = ADDRESS | {"postalCode": "40202"}
    assert made == dict.fromkeys(MEMBERS | REQUEST_ONLY) | {
        **{name: WHOLE[name] for name in WHOLE.keys() & MEMBERS},
        "openingInvoice": False,
        "fulfillmentComplete": False,
        "shipFrom": shown | {"country": None},
        "shipTo": shown,
        "billTo": shown,
        "totalAmount": 128.4,
        "taxAmount": 8.4,
        "dueAmount": 128.4,
        "totalAmountInBaseCurrency": 128.4,
        "id": made["id"],
        "salesInvoiceCode": "0000001",
        "documentSequenceCode": "0000001",
        "journalEntryCode": "JE-0000001",
        "recurring": False,
        "recurringActivated": False,
        "paymentStatus": "PENDING",
        "fulfillmentType": "NONE",
        "salesInvoiceItems": [
            dict.fromkeys(ITEM_MEMBERS)
            | WHOLE["salesInvoiceItems"][0]  # type: ignore[index]
            | {
                "id": 1,
                "documentSequenceCode": "P-0000001",
                "taxAmount": 8.4,
                "totalAmount": 128.4,
                "salesInvoiceItemCode": "SII-0000001",
            }
        ],
    }


async def test_what_was_created_is_read_by_its_code(seller: Client) -> None:
    made = await created(seller, WHOLE)
    for path in ("0000001", "0000001/", "code/0000001", "code/0000001/"):
        read = await seller.get(f"{URL}/{path}")
        assert (read.status_code, read.json()) == (200, made), path


async def test_from_an_access_token_to_a_read_invoice_as_a_client_does_it(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    async with sessions.begin() as session:
        await set_up_site_only(session, tenant)
    async with api_client() as client:
        client.headers["x-access-token"] = await token(tenant)
        tax = await client.post(
            "/v1/taxes", json={"name": "SR (7%)", "taxCode": "SR (7%)", "percent": 7, "type": "SALES"}
        )
        contact = await client.post("/v1/contacts/", json={"name": "Ada Byron", "currencyCode": "SGD"})
        assert (tax.status_code, contact.status_code) == (201, 201), (tax.text, contact.text)
        line = item(taxCode=tax.json()["code"], productDescription="Drill")
        made = await client.post(f"{URL}/", json=request(line, contactCode=contact.json()["code"]))
        assert made.status_code == 201, made.text
        assert (made.json()["totalAmount"], made.json()["taxAmount"]) == (128.4, 8.4)
        read = await client.get(f"{URL}/{made.json()['salesInvoiceCode']}")
    assert (read.status_code, read.json()) == (200, made.json())


async def set_up_site_only(session: AsyncSession, tenant: str) -> None:
    from database import sites  # noqa: PLC0415 -- only here

    await sites.add_site(session, tenant, SITE["code"], SITE, {})


async def test_prices_with_tax_contain_it(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(seller, request(item(unitPrice=128.4), unitPriceGstInclusive=True))
    (line,) = made["salesInvoiceItems"]
    assert (made["totalAmount"], made["taxAmount"]) == (128.4, 8.4)
    assert (line["totalAmount"], line["taxAmount"]) == (128.4, 8.4)
    assert str((await document_of(sessions, tenant, "0000001")).totals.net) == "120.00"


async def test_a_discount_is_of_the_line_before_tax(seller: Client) -> None:
    """3 x 19.99 = 59.97 less 10 % (6.00) is 53.97, and 7 % of it 3.7779; 2 x 50 less 15 is 85, and 7 % of it 5.95."""
    percent = item(productQuantity=3, unitPrice=19.99, discount=10, discountInPercent=True)
    made = await created(seller, request(percent))
    (line,) = made["salesInvoiceItems"]
    assert (line["taxAmount"], line["totalAmount"]) == (3.7779, 57.7479)
    assert (made["taxAmount"], made["totalAmount"]) == (3.78, 57.75)

    made = await created(seller, request(item(productQuantity=2, unitPrice=50, discount=15, discountInPercent=False)))
    (line,) = made["salesInvoiceItems"]
    assert (line["taxAmount"], line["totalAmount"], made["totalAmount"]) == (5.95, 90.95, 90.95)


async def test_numbers_keep_every_digit_and_may_come_as_text(seller: Client) -> None:
    lines = [
        item(unitPrice=0.1, taxCode="TX-0000003"),
        item(unitPrice="0.2", taxCode="TX-0000003"),
        item(unitPrice="0.3333333333", productQuantity="3", taxCode="TX-0000003"),
    ]
    made = await seller.post(URL, json=request(*lines))
    assert made.status_code == 201, made.text
    assert '"totalAmount":1.3,"totalAmountInBaseCurrency":1.3' in made.text  # 0.1 + 0.2 + 1.00
    assert '"unitPrice":0.3333333333' in made.text
    assert '"productQuantity":3,' in made.text


async def test_a_line_has_up_to_ten_decimals_and_the_invoice_those_of_its_currency(seller: Client) -> None:
    """33.33 at 7 % is 2.3331."""
    made = await created(seller, request(item(unitPrice=33.33), item(unitPrice=33.33), item(unitPrice=33.33)))
    assert [line["taxAmount"] for line in made["salesInvoiceItems"]] == [2.3331] * 3
    assert (made["taxAmount"], made["totalAmount"]) == (7.0, 106.99)  # 99.99 x 7 % = 6.9993


async def test_what_a_custom_field_holds_is_kept_as_it_is(seller: Client) -> None:
    field = [{"id": 1, "label": "Cost centre", "value": {"deep": [0.10, "0.10", None, True]}}]
    made = await created(seller, request(item(customField={"x": "1"}), customField=field))
    assert made["customField"] == field
    assert made["salesInvoiceItems"][0]["customField"] == {"x": "1"}


async def test_members_that_say_nothing_are_as_good_as_left_out(seller: Client) -> None:
    silent = dict.fromkeys(MEMBERS - {"contactCode", "currency", "salesInvoiceDate", "salesInvoiceItems"})
    line = dict.fromkeys(ITEM_MEMBERS) | item()
    made = await created(seller, silent | request(line, contact=None, salesInvoiceDueDate=None))
    assert made["contact"] == {"name": "Merlion Trading", "address": None, "peppolId": "0195:SGUEN201912345K"}
    assert made["salesInvoiceDueDate"] == "18-07-2020"  # 30 days, by the contact's term "4"


async def test_the_contact_is_copied_into_the_invoice(seller: Client, sessions: Sessions, tenant: str) -> None:
    await created(seller, request(purchaseOrderRefNo="PO-7", memo="Thanks"))
    document = await document_of(sessions, tenant, "0000001")
    buyer = document.buyer
    assert (buyer.customer_id, buyer.name, buyer.email) == ("C-0000001", "Merlion Trading", "books@merlion.example")
    assert (buyer.peppol_id, buyer.tax_id) == ("0195:SGUEN201912345K", "M2-0012345-6")
    assert buyer.address == Address(street="1 Raffles Place", city="Singapore", zip_code="048616", country="SG")
    assert document.ship_to == Address(street="8 Changi Way", city="Singapore", zip_code="498822", country="SG")
    assert (document.seller.name, document.language, document.site_code) == ("Orchard Tools Pte. Ltd.", "en", "sg")
    assert (document.memo, document.purchase_order_reference) == ("Thanks", "PO-7")
    assert (str(document.due_date), document.order_id) == ("2020-07-18", None)


async def test_what_the_request_says_of_the_parties_wins(seller: Client, sessions: Sessions, tenant: str) -> None:
    contact = {"name": "Elbe KG", "peppolId": "9930:DE1"}
    places = {
        "billTo": {"address1": "Elbchaussee 1", "city": "Hamburg", "country": "Deutschland"},
        "shipTo": {"address1": "Somewhere 2", "country": "Elbonia"},
        "shipFrom": {"address1": "Depot 3", "country": "fr"},
    }
    await created(seller, request(contact=contact, **places))
    document = await document_of(sessions, tenant, "0000001")
    assert (document.buyer.name, document.buyer.peppol_id) == ("Elbe KG", "9930:DE1")
    assert (document.buyer.address.street, document.buyer.address.country) == ("Elbchaussee 1", "DE")
    assert (document.ship_to.extra_lines, document.ship_to.country) == (("Elbonia",), "")
    assert document.ship_from.country == "FR"


async def test_the_address_beside_the_contacts_name_is_where_the_bill_goes(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    await created(seller, request(contact={"name": "Ada Byron", "address": "12 Elm Street,\nLouisville"}))
    document = await document_of(sessions, tenant, "0000001")
    assert document.buyer.address == Address(street="12 Elm Street, Louisville")


async def test_a_line_without_a_tax_is_zero_rated(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await created(seller, request(item(taxCode=None), item()))
    assert (made["taxAmount"], made["totalAmount"]) == (8.4, 248.4)
    document = await document_of(sessions, tenant, "0000001")
    assert [line.tax_category.value for line in document.lines] == ["Z", "S"]


async def test_a_line_without_a_tax_is_exempt_where_the_contact_is(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    await set_up(sessions, tenant, taxExempted=True, taxExemptionReason="Charity, section 9")
    async with api_client(token=await token(tenant)) as client:
        await created(client, request(item(taxCode=None)))
    (group,) = (await document_of(sessions, tenant, "0000001")).tax_groups
    assert (group.tax_category.value, group.exemption_reason) == ("E", "Charity, section 9")


async def test_all_that_the_arithmetic_knows_can_be_said(seller: Client, sessions: Sessions, tenant: str) -> None:
    """Lines 250 x 12 / 100 = 30.00 - 3.00 (10 %) + 1.00 = 28.00 at 19 %, and 100.00 - 20.00 = 80.00 at 7 %: 108.00.

    5 % off: 1.40 and 4.00. Shipping 9.90 at 19 %. At 19 %: 28.00 - 1.40 + 9.90 = 36.50, tax 6.935 = 6.94; at 7 %:
    76.00, tax 5.32. Net 112.50, tax 12.26, gross 124.76, rounding -0.01, paid 24.75: payable 100.00, 10.00 withheld.
    """
    lines = [
        item(
            taxCode=None, taxCategory="S", taxRate=19, productQuantity=250, unitPrice=12, priceBaseQuantity=100,
            unit="MTR", allowances=[{"percent": 10, "reason": "bulk"}], charges=[{"amount": 1, "reason": "cut"}],
        ),
        item(unitPrice=100, discount=20),
    ]  # fmt: skip
    more = {
        "allowances": [{"name": "Loyalty", "percent": 5}],
        "charges": [{"name": "Shipping", "kind": "SHIPPING", "amount": 9.9, "taxCategory": "S", "taxRate": 19}],
        "roundOffAmount": -0.01,
        "prepaidAmount": 24.75,
        "withheldAmount": 10,
        "paymentTerms": "30 days net",
        "taxPointDate": "20-06-2020",
        "deliveryDate": "19-06-2020",
    }
    made = await created(seller, request(*lines, **more))
    assert (made["totalAmount"], made["taxAmount"], made["dueAmount"]) == (124.75, 12.26, 90)
    assert made["paymentStatus"] == "PARTIAL"
    assert {name: made[name] for name in more if name != "withheldAmount"} == {
        **{name: value for name, value in more.items() if name != "withheldAmount"},
        "allowances": [
            {**dict.fromkeys(DOCUMENT_ADJUSTMENT), "name": "Loyalty", "percent": 5},
        ],
        "charges": [
            {**dict.fromkeys(DOCUMENT_ADJUSTMENT), **more["charges"][0]},  # type: ignore[index]
        ],
    }
    assert made["withheldAmount"] == 10
    assert (made["salesInvoiceItems"][0]["priceBaseQuantity"], made["salesInvoiceItems"][0]["unit"]) == (100, "MTR")
    document = await document_of(sessions, tenant, "0000001")
    assert [str(line.amount) for line in document.lines] == ["28.00", "80.00"]
    assert [str(one.amount) for one in document.allowances] == ["1.40", "4.00"]
    assert (document.charges[0].kind, str(document.totals.payable)) == (ChargeKind.SHIPPING, "100.00")
    assert (document.payment_terms, str(document.tax_point_date)) == ("30 days net", "2020-06-20")
    assert str(document.delivery_date) == "2020-06-19"


DOCUMENT_ADJUSTMENT = (
    "name", "kind", "amount", "percent", "baseAmount", "taxCode", "taxCategory", "taxRate", "taxExemptionReason",
    "taxExemptionCode",
)  # fmt: skip


async def test_the_vendors_own_charges_and_discount_count(seller: Client, sessions: Sessions, tenant: str) -> None:
    """100.00 and 10 % charge on it at 7 %, 4.00 untaxed; 10.00 off the lines: net 104.00, tax 7 % of 100.00 = 7.00."""
    charges = {
        "additionalCharges": {
            "additionalChargeAmount": 14,
            "additionalChargesDetails": [
                {
                    "additionalCharge": "Packing",
                    "isPercent": True,
                    "percent": 10,
                    "addtionalChargeTaxCode": "TX-0000001",
                },
                {"additionalCharge": "Stamp", "chargeAmount": 4},
            ],
            "globalDiscount": {"name": "Spring", "isPercent": True, "percent": 10},
        }
    }
    made = await created(seller, request(item(unitPrice=100), **charges))
    assert (made["taxAmount"], made["totalAmount"]) == (7, 111)
    document = await document_of(sessions, tenant, "0000001")
    assert [(one.name, str(one.amount), one.tax_category.value) for one in document.charges] == [
        ("Packing", "10.00", "S"),
        ("Stamp", "4.00", "Z"),
    ]
    assert [(one.name, str(one.amount)) for one in document.allowances] == [("Spring", "10.00")]


async def test_stated_figures_of_charges_are_compared(seller: Client) -> None:
    """As above, 5 % off for two reasons; 10.00 at 7 % are 0.70."""
    packing = {"isPercent": True, "percent": 10, "addtionalChargeTaxCode": "TX-0000001"}
    stamp = {"chargeAmount": 4}

    def charged(packed: dict[str, Any], charges: dict[str, Any], discount: object) -> dict[str, Any]:
        details = [{**packing, **packed}, stamp]
        off = {"isPercent": True, "percent": 5, "amount": discount}
        both = {**charges, "additionalChargesDetails": details, "globalDiscount": off}
        return request(item(unitPrice=100), additionalCharges=both, globalDiscount=off)

    right = charged(
        {"chargeAmount": 10, "taxAmount": 0.7}, {"additionalChargeAmount": 14, "additionalChargeTaxAmount": 0.7}, 5
    )
    await created(seller, right)
    await created(seller, charged({"chargeAmount": 0}, {"additionalChargeAmount": 0}, None))
    wrong = charged(
        {"chargeAmount": 3, "taxAmount": 55}, {"additionalChargeAmount": 999, "additionalChargeTaxAmount": 8}, 6
    )
    place = "additionalCharges.additionalChargesDetails.0"
    assert await refused(seller, wrong) == {
        f"{place}.chargeAmount": "is stated as 3 SGD, the invoice comes to 10.00 SGD",
        f"{place}.taxAmount": "is stated as 55 SGD, the invoice comes to 0.7 SGD",
        "additionalCharges.additionalChargeAmount": "is stated as 999 SGD, the invoice comes to 14.00 SGD",
        "additionalCharges.additionalChargeTaxAmount": "is stated as 8 SGD, the invoice comes to 0.7 SGD",
        "globalDiscount.amount": "is stated as 6 SGD, the invoice comes to 5.00 SGD",
        "additionalCharges.globalDiscount.amount": "is stated as 6 SGD, the invoice comes to 5.00 SGD",
    }


async def test_a_foreign_currency_is_converted_at_the_rate(seller: Client, sessions: Sessions, tenant: str) -> None:
    """128.40 USD x 1.3456 = 172.775 SGD, half up 172.78; the tax 8.40 x 1.3456 = 11.303."""
    made = await created(seller, request(currency="USD", exchangeRate=1.3456))
    assert (made["totalAmountInBaseCurrency"], made["exchangeRate"]) == (172.78, 1.3456)
    exchange = (await document_of(sessions, tenant, "0000001")).exchange
    assert (exchange.base_currency, str(exchange.tax), str(exchange.rate_date)) == ("SGD", "11.30", "2020-06-18")


async def test_the_base_currency_may_be_configured(seller: Client, sessions: Sessions, tenant: str) -> None:
    await configure(sessions, tenant, "baseCurrency", "EUR")
    assert await refused(seller, request()) == {"exchangeRate": "is required: the base currency is EUR"}
    made = await created(seller, request(exchangeRate=0.5, exchangeRateDate="17-06-2020"))
    assert made["totalAmountInBaseCurrency"] == 64.2
    made = await created(seller, request(currency="EUR"))
    assert (made["exchangeRate"], made["totalAmountInBaseCurrency"]) == (1, 128.4)


async def test_stated_figures_are_compared_and_never_taken(seller: Client, sessions: Sessions, tenant: str) -> None:
    line = item(taxAmount=8.4, totalAmount=128.4)
    await created(seller, request(line, totalAmount=128.4, taxAmount=8.41, dueAmount=128.39))
    assert await refused(
        seller, request(item(taxAmount=9, totalAmount=129), totalAmount=129, taxAmount=9, dueAmount=1)
    ) == {
        "salesInvoiceItems.0.taxAmount": "is stated as 9 SGD, the invoice comes to 8.4 SGD",
        "salesInvoiceItems.0.totalAmount": "is stated as 129 SGD, the invoice comes to 128.4 SGD",
        "taxAmount": "is stated as 9 SGD, the invoice comes to 8.40 SGD",
        "totalAmount": "is stated as 129 SGD, the invoice comes to 128.40 SGD",
        "dueAmount": "is stated as 1 SGD, the invoice comes to 128.40 SGD",
    }
    assert await number_of_drawn(sessions, tenant) == 1


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"contactCode": None}, {"contactCode"}),
        ({"contactCode": "C-404"}, {"contactCode"}),
        ({"currency": None}, {"currency"}),
        ({"currency": " "}, {"currency"}),
        ({"currency": "XXX"}, {"currency"}),
        ({"salesInvoiceDate": None}, {"salesInvoiceDate"}),
        ({"salesInvoiceDate": "2020-06-18"}, {"salesInvoiceDate"}),
        ({"salesInvoiceDate": "31-02-2020"}, {"salesInvoiceDate"}),
        ({"salesInvoiceDate": "18-06-0020"}, {"salesInvoiceDate"}),
        ({"salesInvoiceDueDate": "17-06-2020"}, {"salesInvoiceDueDate"}),
        ({"contact": {"name": " "}}, {"contact.name"}),
        ({"status": "CLOSED"}, {"status"}),
        ({"status": "PAID"}, {"status"}),
        ({"fulfillmentStatus": "SENT"}, {"fulfillmentStatus"}),
        ({"backOrder": "no"}, {"backOrder"}),
        ({"exchangeRate": 2}, {"exchangeRate"}),
        ({"exchangeRate": "one"}, {"exchangeRate"}),
        ({"sequenceFormat": "5eeb4b"}, {"sequenceFormat"}),
        ({"sequenceFormat": "creditNoteNoSequence"}, {"sequenceFormat"}),
        ({"siteCode": "mars"}, {"siteCode"}),
        ({"linkedDocuments": [{"documentType": "QUOTATION"}]}, {"linkedDocuments.0.documentCode"}),
        ({"attachmentIds": [404]}, {"attachmentIds"}),
        ({"recurring": True}, {"salesInvoiceRecurring"}),
        (
            {"salesInvoiceRecurring": {"recurrenceType": 0, "recurrenceFrequency": "YEAR"}},
            {
                "salesInvoiceRecurring.recurrenceType",
                "salesInvoiceRecurring.recurrenceFrequency",
                "salesInvoiceRecurring.invoiceRecurringCount",
                "salesInvoiceRecurring.recurrenceEndDate",
            },
        ),
        ({"withheldAmount": 0.001}, {"withheldAmount"}),
        ({"prepaidAmount": -1}, {"prepaidAmount"}),
        ({"roundOffAmount": 0.005}, {"roundOffAmount"}),
        ({"charges": [{"name": "Fee"}]}, {"charges.0"}),
        ({"allowances": [{"amount": 1, "taxRate": 7, "taxCode": "TX-0000001"}]}, {"allowances.0.taxCode"}),
        ({"globalDiscount": {"amount": -1}}, {"globalDiscount.amount"}),
        ({"taxPointDate": "01-06-2020", "taxPointCode": "35"}, {"BR-CO-3"}),
    ],
)
async def test_each_fault_of_the_invoice_is_named(seller: Client, changes: dict[str, Any], fields: set[str]) -> None:
    answer = await seller.post(URL, json=request(**changes))
    body = answer.json()
    assert (answer.status_code, body["code"], body["httpStatus"]) == (400, 400, "BAD_REQUEST"), answer.text
    assert body["errorMessage"] == "Sales invoice could not be created due to insufficient data."
    assert faults(body).keys() == fields


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"productCode": None}, "productCode"),
        ({"productCode": "P-404"}, "productCode"),
        ({"productQuantity": None}, "productQuantity"),
        ({"productQuantity": "many"}, "productQuantity"),
        ({"productQuantity": 10**10}, "productQuantity"),
        ({"unitPrice": None}, "unitPrice"),
        ({"unitPrice": -1}, "unitPrice"),
        ({"unitPrice": True}, "unitPrice"),
        ({"unitPrice": 1e30}, "unitPrice"),
        ({"discount": -1}, "discount"),
        ({"discount": 101, "discountInPercent": True}, "discount"),
        ({"taxCode": "TX-404"}, "taxCode"),
        ({"taxRate": 7}, "taxCode"),
        ({"taxCode": None, "taxCategory": "VAT"}, "taxCategory"),
        ({"taxCode": None, "taxCategory": "S"}, "taxRate"),
        ({"taxCode": None, "taxCategory": "E"}, "taxExemptionReason"),
        ({"taxCode": None, "taxCategory": "Z", "taxRate": 7}, "taxRate"),
        ({"type": "SERVICE"}, "type"),
        ({"productOrder": 1.5}, "productOrder"),
        ({"priceBaseQuantity": 0}, "priceBaseQuantity"),
        ({"charges": [{"amount": 1, "percent": 1}]}, "charges.0"),
    ],
)
async def test_each_fault_of_a_line_is_named(seller: Client, changes: dict[str, Any], member: str) -> None:
    assert (await refused(seller, request(item(), item(**changes)))).keys() == {f"salesInvoiceItems.1.{member}"}


async def test_all_faults_are_told_at_once(seller: Client) -> None:
    lines = [item(taxCode="TX-404"), item(productCode="P-404", taxCode="TX-405")]
    assert (await refused(seller, request(*lines, contactCode="C-404", sequenceFormat="9", recurring=True))).keys() == {
        "contactCode",
        "salesInvoiceItems.0.taxCode",
        "salesInvoiceItems.1.taxCode",
        "salesInvoiceItems.1.productCode",
        "sequenceFormat",
        "salesInvoiceRecurring",
    }


async def test_a_product_that_nobody_knows_needs_a_description(seller: Client) -> None:
    made = await created(seller, request(item(productCode="P-404", productDescription="Made to measure")))
    assert made["salesInvoiceItems"][0]["productDescription"] == "Made to measure"


async def test_an_invoice_needs_lines_a_seller_and_a_day_to_be_paid_by(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str, seller: Client
) -> None:
    assert (await refused(seller, request(salesInvoiceItems=None))).keys() == {"salesInvoiceItems"}
    assert (await refused(seller, request(salesInvoiceItems=[]))).keys() == {"salesInvoiceItems"}
    other = await another_tenant(sessions)
    await set_up(sessions, other, paymentTermCode=None)
    async with api_client(token=await token(other)) as client:
        assert (await refused(client, request(salesInvoiceDueDate=None))).keys() == {"salesInvoiceDueDate"}
        await client.delete(f"/site/{other}/sites/sg")
        answer = await client.post(URL, json=request(exchangeRate=1))
    assert (answer.status_code, answer.json()["httpStatus"]) == (409, "CONFLICT")
    assert "site" in answer.json()["errorMessage"]


async def test_a_body_that_is_no_object_is_refused(seller: Client) -> None:
    for content in ("[]", "null", '"x"', "1", "{"):
        answer = await seller.post(URL, content=content, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, 400), content


async def test_a_tenant_sees_its_own_invoices_only(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, seller: Client
) -> None:
    made = await created(seller, request())
    other = await another_tenant(sessions)
    await set_up(sessions, other)
    async with api_client(token=await token(other)) as client:
        for answer in (
            await client.get(f"{URL}/0000001"),
            await client.get(f"{URL}/code/0000001"),
            await client.put(f"{URL}/{made['id']}", json=request()),
            await client.put(f"{URL}/0000001", json=request()),
            await client.put(f"{URL}/bulk", json=[request(id=made["id"])]),
        ):
            assert answer.status_code == 404, answer.text
        assert (await client.post(f"{URL}/codes", json=["0000001"])).json() == []
        assert (await client.get(f"{URL}/0000001")).json()["errorMessage"] == "Sales invoice not found."


async def test_who_may_only_look_may_not_create(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    await set_up(sessions, tenant)
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as client:
        assert (await client.post(URL, json=request())).status_code == 403
        assert (await client.put(f"{URL}/1", json=request())).status_code == 403
        assert (await client.post(f"{URL}/bulk", json=[request()])).status_code == 403
        assert (await client.post(f"{URL}/preview", json=request())).status_code == 200


async def test_the_series_is_chosen_by_its_id_or_its_type(seller: Client, tenant: str) -> None:
    schemas = f"/sequential-id/{tenant}/schemas"
    body = {"preText": "EX/", "startValue": 0, "maxValue": 99, "numberOfDigits": 2}
    made = await seller.post(
        schemas, json={"name": "export", "schemaType": "exportInvoice", **body}, headers={"accept": "application/json"}
    )
    assert made.status_code == 201, made.text
    by_type = await created(seller, request(sequenceFormat="exportInvoice"))
    by_id = await created(seller, request(sequenceFormat=made.json()["id"]))
    usual = await created(seller, request())
    codes = [answer["salesInvoiceCode"] for answer in (by_type, by_id, usual)]
    assert codes == ["EX/01", "EX/02", "0000001"]
    assert by_id["sequenceFormat"] == made.json()["id"]
    assert (await seller.get(f"{URL}/code/EX/02")).json() == by_id
    assert (await seller.get(f"{URL}/code/EX%2F02")).json() == by_id

    second = await seller.post(
        schemas, json={"name": "export2", "schemaType": "exportInvoice", **body}, headers={"accept": "application/json"}
    )
    assert (await refused(seller, request(sequenceFormat=second.json()["id"]))).keys() == {"sequenceFormat"}


async def test_a_series_without_numbers_left_is_a_conflict(seller: Client, tenant: str) -> None:
    body = {"preText": "S", "startValue": 0, "maxValue": 1, "numberOfDigits": 1, "name": "s", "schemaType": "short"}
    await seller.post(f"/sequential-id/{tenant}/schemas", json=body)
    await created(seller, request(sequenceFormat="short"))
    assert (await refused(seller, request(sequenceFormat="short"), status=409)).keys() == {"sequenceFormat"}


async def test_a_key_makes_one_invoice_however_often_it_is_sent(
    sellers: AsyncClient, sessions: Sessions, tenant: str
) -> None:
    """Ten at once."""
    headers = {"Idempotency-Key": "order 17"}
    answers = await asyncio.gather(*(sellers.post(URL, json=request(), headers=headers) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert {answer.json()["salesInvoiceCode"] for answer in answers} == {"0000001"}
    assert await number_of_drawn(sessions, tenant) == 1
    other = await sellers.post(URL, json=request(memo="another"), headers=headers)
    assert (other.status_code, set(faults(other.json()))) == (409, {"Idempotency-Key"})
    await sellers.put(f"{URL}/memo", json={"code": "0000001", "memo": "since then"})
    assert (await created(sellers, request(), **headers))["memo"] == "since then"


async def test_a_request_that_was_refused_leaves_nothing_behind(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    headers = {"Idempotency-Key": "k"}
    refused_one = await seller.post(URL, json=request(attachmentIds=[404]), headers=headers)
    assert refused_one.status_code == 400
    assert await number_of_drawn(sessions, tenant) == 0
    assert (await created(seller, request(), **headers))["salesInvoiceCode"] == "0000001"
    async with sessions() as session:
        rows = await session.scalar(select(func.count()).where(SalesInvoice.tenant == tenant))
        issued = await session.scalar(select(func.count()).where(IssuedInvoice.tenant == tenant))
    assert (rows, issued) == (1, 1)


async def test_numbers_have_no_gap_however_many_are_made_at_once(sellers: AsyncClient) -> None:
    answers = await asyncio.gather(*(sellers.post(URL, json=request()) for _ in range(12)))
    assert {answer.status_code for answer in answers} == {201}
    codes = sorted(answer.json()["salesInvoiceCode"] for answer in answers)
    assert codes == [f"{number:07d}" for number in range(1, 13)]
    entries = {answer.json()["journalEntryCode"] for answer in answers}
    lines = {answer.json()["salesInvoiceItems"][0]["salesInvoiceItemCode"] for answer in answers}
    assert (len(entries), len(lines)) == (12, 12)


async def test_the_document_is_made_after_issuing(
    seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    await created(seller, request())
    (started,) = temporal_gate.outbox
    document = await document_of(sessions, tenant, "0000001")
    assert (started.workflow, started.workflow_id) == ("InvoiceDelivery", f"document/{tenant}/{document.id}")


async def test_an_invoice_is_made_while_temporal_is_away(
    seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    temporal_gate.is_away = True
    await created(seller, request())
    async with sessions() as session:
        waiting = await session.scalars(select(WorkflowStart).where(WorkflowStart.tenant == tenant))
        assert [(row.body["workflow"], row.started_at) for row in waiting] == [("InvoiceDelivery", None)]


async def test_a_recurring_invoice_starts_its_copies(
    seller: Client, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    schedule = {
        "recurrenceType": 2,
        "recurrenceFrequency": "MONTH",
        "invoiceRecurringCount": 6,
        "recurrenceEndDate": "31-12-2031",
    }
    made = await created(seller, request(recurring=True, recurringActivated=True, salesInvoiceRecurring=schedule))
    assert (made["recurring"], made["recurringActivated"]) == (True, True)
    assert made["salesInvoiceRecurring"] == {"id": made["id"], **schedule}
    assert [one.workflow for one in temporal_gate.outbox] == ["InvoiceDelivery", "RecurringInvoice"]
    assert temporal_gate.outbox[1].workflow_id == f"recurring/{tenant}/{made['id']}"

    paused = await created(seller, request(recurring=True, salesInvoiceRecurring=schedule))
    assert (paused["recurring"], paused["recurringActivated"]) == (True, False)
    assert [one.workflow for one in temporal_gate.outbox][2:] == ["InvoiceDelivery"]


async def test_an_invoice_may_be_fulfilled_as_it_is_made(seller: Client) -> None:
    made = await created(seller, request(item(productQuantity=3), fulfillmentComplete=True))
    assert (made["fulfillmentStatus"], made["fulfillmentComplete"]) == ("FULLY_FULFILLED", True)


async def test_a_stated_fulfilment_status_changes_nothing(seller: Client) -> None:
    assert (await created(seller, request(fulfillmentStatus="FULLY_FULFILLED")))["fulfillmentStatus"] == "UNFULFILLED"


async def test_uploaded_files_are_attached(seller: Client, sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        file = Attachment(
            tenant=tenant, file_name="a.pdf", media_type="application/pdf", size_bytes=3, key="k", sha256="0",
            created_by="client:x",
        )  # fmt: skip
        session.add(file)
        await session.flush()
        await session.refresh(file)
    made = await created(seller, request(attachmentIds=[file.id]))
    assert made["attachmentIds"] == [file.id]
    assert made["attachmentsWithLink"][0]["attachmentFileName"] == "a.pdf"
    assert (await refused(seller, request(attachmentIds=[file.id]))).keys() == {"attachmentIds"}


async def test_issuing_is_on_record_with_who_did_it(seller: Client, sessions: Sessions, tenant: str) -> None:
    await created(seller, request())
    async with sessions() as session:
        (event,) = await audit.list_events(session, tenant, document="sales-invoice/0000001", limit=9)
    assert (event.action, event.detail["total"]) == ("issue", "128.40")
    assert event.actor.startswith("client:")


async def test_an_invoice_that_was_made_from_an_order_is_read_like_any_other(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    """119.00 EUR: 100.00 and 19 %."""
    document = await from_order(sessions, tenant, "EON7")
    read = await seller.get(f"{URL}/{document.number}")
    shown = read.json()
    assert read.status_code == 200
    assert shown.keys() - {"siteCode", "orderId", "eInvoice", "deliveryDate"} == MEMBERS | REQUEST_ONLY
    assert (shown["totalAmount"], shown["taxAmount"], shown["dueAmount"], shown["currency"]) == (119, 19, 119, "EUR")
    assert (shown["orderId"], shown["exchangeRate"], shown["totalAmountInBaseCurrency"]) == ("EON7", None, None)
    assert shown["contact"]["name"] == "Erika Mustermann"
    assert (shown["billTo"]["address1"], shown["billTo"]["country"]) == ("Lindenallee 5", "DE")
    (line,) = shown["salesInvoiceItems"]
    assert line.keys() >= ITEM_MEMBERS
    assert (line["productCode"], line["unitPrice"], line["taxAmount"], line["taxRate"]) == ("item-1", 100, 19, 19)
    assert line["salesInvoiceItemCode"] == f"{document.number}-1"


OFF_BY_A_CENT = [
    {"field": "salesInvoiceItems.0.totalAmount", "stated": "128.41", "computed": "128.40"},
    {"field": "totalAmount", "stated": "128.39", "computed": "128.40"},
]
"""120 at 7 percent."""


@pytest.mark.parametrize(("is_draft", "action"), [(False, "issue"), (True, "create")])
async def test_a_stated_figure_that_is_off_by_a_cent_is_let_pass_and_written_down(
    seller: Client, sessions: Sessions, tenant: str, is_draft: bool, action: str
) -> None:
    body = request(item(totalAmount=128.41, taxAmount=8.4), totalAmount=128.39, taxAmount=8.4, draft=is_draft)
    made = await created(seller, body)
    async with sessions() as session:
        events = await audit.list_events(session, tenant, document=f"sales-invoice/{made['salesInvoiceCode']}", limit=9)
    (event,) = [event for event in events if event.action == action]
    told = [{**one, "computed": f"{Decimal(one['computed']):.2f}"} for one in event.detail["stated_otherwise"]]
    assert told == OFF_BY_A_CENT
    exact = await created(seller, request(totalAmount=128.4, taxAmount=8.4, draft=is_draft))
    async with sessions() as session:
        name = f"sales-invoice/{exact['salesInvoiceCode']}"
        events = await audit.list_events(session, tenant, document=name, limit=9)
    assert not any("stated_otherwise" in event.detail for event in events)


class TestOpeningInvoices:
    """Carried over from other books (B.6)."""

    @staticmethod
    def body(**changes: Any) -> dict[str, Any]:
        opening = {
            "openingInvoice": True,
            "openingDocumentNumber": "OLD-17",
            "totalAmount": 128.4,
            "taxAmount": 8.4,
            "salesInvoiceItems": None,
        }
        return request(**(opening | changes))

    @pytest.fixture(autouse=True)
    async def _books(self, sessions: Sessions, tenant: str) -> None:
        await configure(sessions, tenant, "bookBeginningDate", "19-06-2020")

    async def test_one_keeps_its_number_and_its_sums(self, seller: Client, sessions: Sessions, tenant: str) -> None:
        made = await created(seller, self.body())
        assert (made["salesInvoiceCode"], made["openingDocumentNumber"]) == ("OLD-17", "OLD-17")
        assert (made["totalAmount"], made["taxAmount"], made["openingInvoice"]) == (128.4, 8.4, True)
        assert made["salesInvoiceItems"] is None
        document = await document_of(sessions, tenant, "OLD-17")
        (line,) = document.lines
        assert (document.is_opening, str(line.net), str(line.tax_rate)) == (True, "120.00", "7")
        assert await number_of_drawn(sessions, tenant) == 0

    async def test_one_without_tax_is_outside_its_scope(self, seller: Client, sessions: Sessions, tenant: str) -> None:
        await created(seller, self.body(taxAmount=0, openingDocumentNumber=None, documentSequenceCode="OLD-18"))
        (group,) = (await document_of(sessions, tenant, "OLD-18")).tax_groups
        assert (group.tax_category.value, str(group.net), bool(group.exemption_reason)) == ("O", "128.40", True)

    async def test_with_items_the_items_count(self, seller: Client) -> None:
        made = await created(seller, self.body(salesInvoiceItems=[item()]))
        assert (made["totalAmount"], made["taxAmount"]) == (128.4, 8.4)
        wrong = self.body(salesInvoiceItems=[item()], totalAmount=200, openingDocumentNumber="OLD-19")
        assert (await refused(seller, wrong)).keys() == {"totalAmount"}

    async def test_what_one_lacks_is_said_in_the_vendors_words(self, seller: Client) -> None:
        late = self.body(taxAmount=None, openingDocumentNumber=None, salesInvoiceDate="19-06-2020")
        assert await refused(seller, late) == {
            "taxAmount": "Tax amount is mandatory for opening invoices.",
            "openingDocumentNumber": "is required: an opening invoice keeps its number",
            "salesInvoiceDate": "Opening invoice date should be prior to book beginning date 19-06-2020",
        }

    async def test_books_without_a_beginning_take_none(self, seller: Client, sessions: Sessions, tenant: str) -> None:
        async with sessions.begin() as session:
            await configurations.delete_entry(session, tenant, "bookBeginningDate")
        assert (await refused(seller, self.body()))["salesInvoiceDate"] == "Book beginning date is not available."

    async def test_a_number_stands_for_one_invoice_only(self, seller: Client) -> None:
        await created(seller, self.body())
        assert (await refused(seller, self.body(), status=409)).keys() == {"openingDocumentNumber"}

    async def test_a_number_that_a_series_has_yet_to_print_is_refused(self, seller: Client) -> None:
        to_come = self.body(openingDocumentNumber="0000002")
        assert (await refused(seller, to_come, status=409)).keys() == {"openingDocumentNumber"}
        numbers = [(await created(seller, request()))["salesInvoiceCode"] for _ in range(2)]
        assert numbers == ["0000001", "0000002"]

    async def test_its_sums_are_met_to_the_cent(self, seller: Client) -> None:
        near = {"salesInvoiceItems": [item()], "openingDocumentNumber": "OLD-20"}
        assert (await refused(seller, self.body(**near, totalAmount=128.39))).keys() == {"totalAmount"}
        assert (await refused(seller, self.body(**near, taxAmount=8.41))).keys() == {"taxAmount"}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"totalAmount": None}, "totalAmount"),
            ({"totalAmount": 8}, "taxAmount"),
            ({"taxAmount": -1}, "taxAmount"),
            ({"totalAmount": 128.405}, "totalAmount"),
            ({"openingDocumentNumber": "DRAFT-1"}, "openingDocumentNumber"),
            ({"openingDocumentNumber": "A\nB"}, "openingDocumentNumber"),
            ({"openingDocumentNumber": "9" * 101}, "openingDocumentNumber"),
        ],
    )
    async def test_sums_and_numbers_that_cannot_be_are_refused(
        self, seller: Client, changes: dict[str, Any], field: str
    ) -> None:
        assert (await refused(seller, self.body(**changes))).keys() == {field}


ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    "x",
    "\x00",
    "",
    1,
    -1,
    1.5,
    10**40,
    [],
    [None],
    ["x"],
    {},
    {"name": "x"},
    "31-12-9999",
)


@pytest.mark.parametrize("value", ODD_VALUES, ids=repr)
async def test_no_value_of_any_member_is_a_fault_of_ours(seller: Client, value: object) -> None:
    """201 or 400 or 409, never a 500."""
    members = sorted(set(SalesInvoiceBody.model_fields) | {"allowances", "charges"})
    bodies = [{**WHOLE, to_camel(name): value} for name in members]
    line = item(productDescription="Drill")
    bodies += [request({**line, to_camel(name): value}) for name in sorted(ItemBody.model_fields)]
    for body in bodies:
        answer = await seller.post(URL, json=body)
        assert answer.status_code in {201, 400, 409}, (body, answer.text)
        preview = await seller.post(f"{URL}/preview", json=body)
        assert preview.status_code in {200, 400}, (body, preview.text)
