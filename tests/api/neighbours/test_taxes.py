"""Taxes and tax groups over HTTP (Deskera B.7)."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from httpx import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from database import audit, taxes
from invoicing.invoice import TaxCategory
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]

URL = "/v1/taxes"
GST: Json = {
    "name": "SR (9%)",
    "taxCode": "SR9",
    "accountCode": "AC-0000021",
    "type": "SALES",
    "description": "Standard-rated supplies",
    "percent": 9,
    "category": "SYSTEM",
}
OURS = {"isTaxGroup", "taxGroupDetails", "taxCategory", "exemptionReason", "exemptionCode"}
MEMBERS = GST.keys() | OURS | {"id", "code", "status", "deleted", "tenantId"}


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


@pytest.fixture
async def everybody(crowd: CrowdFactory, token: TokenMaker, tenant: str) -> AsyncIterator[AsyncClient]:
    """For requests at once."""
    async with crowd(await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def create(client: AsyncClient, name: str = "GST", percent: object = 5, **members: Any) -> Json:
    made = await client.post(URL, json={"name": name, "percent": percent} | members)
    assert made.status_code == 201, made.text
    body: Json = made.json()
    return body


async def group(client: Client, *parts: Json, name: str = "Both") -> Json:
    return await create(client, name, None, isTaxGroup=True, taxGroupDetails=list(parts))


async def refusal(client: Client, **members: Any) -> list[str]:
    """The members that a creation is refused for."""
    refused = await client.post(URL, json={"name": "GST", "percent": 5} | members)
    body = refused.json()
    assert (refused.status_code, body["code"], body["httpStatus"]) == (400, 400, "BAD_REQUEST"), refused.text
    return [error["field"] for error in body["errors"]]


async def test_a_tax_is_answered_as_it_was_sent_with_what_was_assigned(client: Client) -> None:
    made = await client.post(f"{URL}/", json=GST)
    assert made.status_code == 201
    tax = made.json()
    assert tax.keys() == MEMBERS
    assert {name: tax[name] for name in GST} == GST
    assert {name: tax[name] for name in MEMBERS - GST.keys() - {"id", "tenantId"}} == {
        "code": "TX-0000001",
        "status": "active",
        "deleted": False,
        "isTaxGroup": False,
        "taxGroupDetails": None,
        "taxCategory": "S",
        "exemptionReason": None,
        "exemptionCode": None,
    }
    for path in (f"{URL}/{tax['id']}", f"{URL}/{tax['id']}/", f"{URL}/code/TX-0000001"):
        read = await client.get(path)
        assert (read.status_code, read.json()) == (200, tax)


async def test_a_name_and_a_rate_are_enough(client: Client) -> None:
    tax = await create(client, "GST", "7.0", type=None, category=None, status=None)
    assert [tax[member] for member in ("taxCode", "type", "category", "percent")] == ["GST", "SALES", "CUSTOM", 7]


@pytest.mark.parametrize("percent", ["0.000001", "9.975", "33.333333", "99.999999", "100"])
async def test_a_rate_is_exact(client: Client, percent: str) -> None:
    text = f'{{"name":"GST","percent":{percent}}}'
    made = await client.post(URL, content=text, headers={"content-type": "application/json"})
    read = await client.get(f"{URL}/code/TX-0000001")
    for answer in (made, read):
        assert msgspec.json.Decoder(float_hook=Decimal).decode(answer.content)["percent"] == Decimal(percent)


async def test_a_tax_without_a_rate_is_zero_rated(client: Client) -> None:
    assert (await create(client, "ZR", 0))["taxCategory"] == "Z"


@pytest.mark.parametrize("category", ["E", "AE", "K", "G", "O"])
async def test_a_tax_that_charges_nothing_says_why(
    client: Client, sessions: Sessions, tenant: str, category: str
) -> None:
    reason = {"exemptionReason": "Section 4", "exemptionCode": "VATEX-EU-132"}
    tax = await create(client, "None", 0, taxCategory=category, **reason)
    assert {name: tax[name] for name in reason} == reason
    async with sessions() as session:
        treatment = (await taxes.treatments(session, tenant, ["TX-0000001"]))["TX-0000001"]
    assert (treatment.category, treatment.rate) == (TaxCategory(category), Decimal(0))
    assert (treatment.exemption_reason, treatment.exemption_code) == ("Section 4", "VATEX-EU-132")


@pytest.mark.parametrize(
    ("members", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"percent": None}, ["percent"]),
        ({"percent": -1}, ["percent"]),
        ({"percent": 101}, ["percent"]),
        ({"percent": "seven"}, ["percent"]),
        ({"percent": True}, ["percent"]),
        ({"percent": "0.0000001"}, ["percent"]),
        ({"type": "RENT"}, ["type"]),
        ({"category": "S"}, ["category"]),
        ({"status": "gone"}, ["status"]),
        ({"taxCategory": "X"}, ["taxCategory"]),
        ({"taxCategory": "E", "exemptionReason": "Section 4"}, ["percent"]),
        ({"taxCategory": "E", "percent": 0}, ["exemptionReason"]),
        ({"taxCategory": "S", "percent": 0}, ["percent"]),
        ({"exemptionReason": "Section 4"}, ["exemptionReason"]),
        ({"taxCategory": "E", "percent": 0, "exemptionCode": "132"}, ["exemptionCode"]),
        ({"taxGroupDetails": [{"percentage": 5}]}, ["isTaxGroup"]),
        ({"isTaxGroup": True}, ["taxGroupDetails"]),
        ({"isTaxGroup": True, "taxGroupDetails": []}, ["taxGroupDetails"]),
        ({"isTaxGroup": True, "taxGroupDetails": [{"code": "TX-9"}]}, ["taxGroupDetails.0.code"]),
        ({"isTaxGroup": True, "taxGroupDetails": [{"percentage": "x"}]}, ["taxGroupDetails.0.percentage"]),
        ({"isTaxGroup": True, "taxGroupDetails": [{"percentage": 5, "applyTo": "?"}]}, ["taxGroupDetails.0.applyTo"]),
        ({"isTaxGroup": True, "taxGroupDetails": [{"percentage": 6}]}, ["percent"]),
    ],
)
async def test_what_is_wrong_is_named(client: Client, members: Json, fields: list[str]) -> None:
    assert await refusal(client, **members) == fields
    assert (await client.get(URL)).json()["totalElements"] == 0


async def test_a_group_is_charged_at_one_rate(client: Client, sessions: Sessions, tenant: str) -> None:
    await create(client, "GST", 5)
    made = await group(client, {"code": "TX-0000001"}, {"percentage": 9.5, "applyTo": "After tax", "name": "QST"})
    assert (made["percent"], made["taxCategory"], made["isTaxGroup"]) == (14.975, "S", True)
    assert made["taxGroupDetails"] == [
        {"code": "TX-0000001", "name": "GST", "percentage": 5, "applyTo": "PRETAX"},
        {"code": None, "name": "QST", "percentage": 9.5, "applyTo": "AFTER_TAX"},
    ]
    async with sessions() as session:
        treatment = (await taxes.treatments(session, tenant, [made["code"]]))[made["code"]]
    assert (treatment.category, treatment.rate) == (TaxCategory.STANDARD, Decimal("14.975"))


async def test_a_part_is_named_by_either_name_and_never_by_its_label(client: Client) -> None:
    await create(client, "GST", 5, taxCode="TX-0000077")
    assert (await group(client, {"taxCode": "TX-0000001"}))["percent"] == 5
    fields = await refusal(client, name="X", percent=None, isTaxGroup=True, taxGroupDetails=[{"code": "TX-0000077"}])
    assert fields == ["taxGroupDetails.0.code"]


async def test_a_group_whose_rate_cannot_be_printed_is_refused(client: Client) -> None:
    parts = [{"percentage": "8.25"}, {"percentage": "7.125", "applyTo": "AFTER_TAX"}]  # 15.9628125
    fields = await refusal(client, percent=None, isTaxGroup=True, taxGroupDetails=parts)
    assert fields == ["percent"]


async def test_a_group_joins_no_group_and_never_itself(client: Client) -> None:
    plain = await create(client)
    made = await group(client, {"code": plain["code"]})
    for code in (made["code"], "TX-9999999"):
        fields = await refusal(client, name="X", percent=None, isTaxGroup=True, taxGroupDetails=[{"code": code}])
        assert fields == ["taxGroupDetails.0.code"]
    itself = {"name": "GST", "isTaxGroup": True, "taxGroupDetails": [{"code": plain["code"]}]}
    refused = await client.put(f"{URL}/{plain['id']}", json=itself)
    assert [error["field"] for error in refused.json()["errors"]] == ["taxGroupDetails.0.code"]


async def test_a_group_follows_the_tax_that_it_names(client: Client, sessions: Sessions, tenant: str) -> None:
    plain = await create(client, "GST", 5)
    made = await group(client, {"code": plain["code"]}, {"percentage": 7})
    await client.put(f"{URL}/{plain['id']}", json={"name": "GST", "percent": 6})
    assert (await client.get(f"{URL}/{made['id']}")).json()["percent"] == 13
    async with sessions() as session:
        trail = await audit.list_events(session, tenant, document=f"tax/{made['code']}", limit=5)
    assert [(event.action, event.detail) for event in trail] == [
        ("change", {"percent": "13"}),
        ("create", {"percent": "12"}),
    ]


async def test_a_rate_that_would_break_a_group_is_refused_as_a_whole(client: Client) -> None:
    plain = await create(client, "GST", 5)
    made = await group(client, {"code": plain["code"]}, {"percentage": 60})
    refused = await client.put(f"{URL}/{plain['id']}", json={"name": "GST", "percent": 50})
    assert refused.status_code == 400
    assert made["code"] in refused.json()["errorMessage"]
    assert (await client.get(f"{URL}/{plain['id']}")).json() == plain


async def test_a_put_replaces_all_but_status_and_origin(client: Client) -> None:
    made = (await client.post(URL, json=GST | {"status": "INACTIVE"})).json()
    replaced = await client.put(f"{URL}/{made['id']}", json={"name": "Exempt", "percent": 0, "taxCategory": "Z"})
    assert replaced.status_code == 200
    assert replaced.json() == made | {
        "name": "Exempt",
        "taxCode": "Exempt",
        "percent": 0,
        "taxCategory": "Z",
        "accountCode": None,
        "description": None,
    }
    assert (await client.get(f"{URL}/{made['id']}")).json() == replaced.json()


async def test_an_answer_can_be_sent_back(client: Client) -> None:
    plain = (await client.post(URL, json=GST)).json()
    made = await group(client, {"code": plain["code"]}, {"percentage": 1.5, "applyTo": "AFTER_TAX"})
    for tax in (plain, made):
        again = await client.put(f"{URL}/{tax['id']}", json=tax)
        assert (again.status_code, again.json()) == (200, tax)


async def test_an_inactive_tax_taxes_no_line(client: Client, sessions: Sessions, tenant: str) -> None:
    made = await create(client)
    await client.put(f"{URL}/{made['id']}", json=made | {"status": "inactive"})
    async with sessions() as session:
        assert await taxes.treatments(session, tenant, [made["code"]]) == {}


@pytest.mark.parametrize(("members", "field"), [({"name": "gst"}, "name"), ({"taxCode": "GST"}, "taxCode")])
async def test_names_and_labels_are_given_once(client: Client, members: Json, field: str) -> None:
    await create(client, "GST")
    other = await create(client, "PST")
    assert await refusal(client, **{"name": "New"} | members) == [field]
    refused = await client.put(f"{URL}/{other['id']}", json={"name": "PST", "percent": 5} | members)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_taxes_created_at_once_get_codes_of_their_own(everybody: AsyncClient) -> None:
    made = await asyncio.gather(*(create(everybody, f"Tax {number}") for number in range(10)))
    assert sorted(tax["code"] for tax in made) == [f"TX-{number:07d}" for number in range(1, 11)]


async def test_a_key_makes_a_tax_once(everybody: AsyncClient) -> None:
    key = {"Idempotency-Key": "k1"}
    made = await asyncio.gather(*(everybody.post(URL, json=GST, headers=key) for _ in range(4)))
    assert [(answer.status_code, answer.json()["code"]) for answer in made] == [(201, "TX-0000001")] * 4
    assert (await everybody.post(URL, json=GST | {"percent": 8}, headers=key)).status_code == 409
    assert (await everybody.get(URL)).json()["totalElements"] == 1


async def test_the_vendors_own_client_gets_its_page_whatever_it_calls_the_parameters(client: Client) -> None:
    await create(client)
    page = await client.get(f"{URL}?10=10&0=0")
    assert page.status_code == 200
    assert [tax["code"] for tax in page.json()["content"]] == ["TX-0000001"]
    assert (page.json()["size"], page.json()["number"]) == (10, 0)


async def test_taxes_are_searched_and_filtered(client: Client) -> None:
    await create(client, "GST", 5, type="BOTH", status="inactive")
    await create(client, "PST", 7, taxCode="Provincial")
    await group(client, {"code": "TX-0000001"})

    async def codes(**parameters: str) -> list[str]:
        listed = await client.get(URL, params={"sort": "code"} | parameters)
        return [tax["code"] for tax in listed.json()["content"]]

    gst, pst, both = "TX-0000001", "TX-0000002", "TX-0000003"
    assert await codes() == [gst, pst, both]
    assert await codes(status="active") == [pst, both]
    assert await codes(status="INACTIVE") == [gst]
    assert await codes(query="type=BOTH,type=PURCHASE") == [gst]
    assert await codes(query="isTaxGroup=true") == [both]
    assert await codes(query="taxCategory=S,name=PST") == [pst]
    assert await codes(search="provinc") == [pst]


async def test_another_tenant_sees_and_changes_nothing(
    client: Client, sessions: Sessions, api_client: ApiClientFactory, token: TokenMaker
) -> None:
    made = await create(client)
    stranger = await token(await another_tenant(sessions), [INVOICE_MANAGE])
    async with api_client(token=stranger) as other:
        url = f"{URL}/{made['id']}"
        answers = [await other.get(url), await other.put(url, json=made), await other.get(f"{URL}/code/TX-0000001")]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert (await other.get(URL)).json()["content"] == []
        fields = await refusal(other, percent=None, isTaxGroup=True, taxGroupDetails=[{"code": "TX-0000001"}])
        assert fields == ["taxGroupDetails.0.code"]
        assert (await create(other))["code"] == "TX-0000001"
    assert (await client.get(url)).json() == made


async def test_writing_takes_the_manage_scope(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    made = await create(client)
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        url = f"{URL}/{made['id']}"
        assert (await viewer.get(url)).status_code == 200
        assert (await viewer.post(URL, json=GST)).status_code == 403
        assert (await viewer.put(url, json=made)).status_code == 403
