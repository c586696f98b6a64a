"""Schedules over HTTP and a real Temporal: made, shown, steered; what is wrong is named; tenants apart."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from temporalio.client import Client as TemporalClient
from temporalio.client import Schedule, ScheduleActionStartWorkflow, ScheduleIntervalSpec, ScheduleSpec
from temporalio.service import RPCError

from api.schedules.gate import ClientScheduleGate
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from api.services import ApiServices
from contracts.ids import schedule_prefix
from database.tenants import ensure_tenant
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.waiting import eventually

NIGHTLY: dict[str, Any] = {
    "name": "nightly",
    "calendars": [{"hour": "2", "minute": 30, "dayOfWeek": "mon-fri"}],
    "timeZone": "Europe/Berlin",
}


class Schedules:
    """The API's schedules of one tenant."""

    def __init__(self, client: Client, tenant: str) -> None:
        self.client, self.url = client, f"/invoice/{tenant}/schedules"

    async def create(self, body: dict[str, Any], **changes: Any) -> httpx.Response:
        return await self.client.post(self.url, json=body | changes)

    async def read(self, name: str = "nightly") -> dict[str, Any]:
        answer = await self.client.get(f"{self.url}/{name}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def tell(self, command: str, body: object = None, name: str = "nightly") -> httpx.Response:
        return await self.client.post(f"{self.url}/{name}/{command}", json=body)

    async def names(self) -> list[str]:
        answer = await self.client.get(self.url)
        return [listed["name"] for listed in answer.json()["schedules"]]


@pytest.fixture
def scheduling(api_services: ApiServices, temporal_client: TemporalClient) -> ApiServices:
    return replace(api_services, schedules=ClientScheduleGate(temporal_client))


@pytest.fixture
async def schedules(
    tenant: str, token: TokenMaker, api_client: ApiClientFactory, scheduling: ApiServices
) -> AsyncIterator[Schedules]:
    async with api_client(token=await token(tenant), services=scheduling) as client:
        yield Schedules(client, tenant)
    for listed in await scheduling.schedules.list(tenant):
        with suppress(Exception):
            await scheduling.schedules.delete(tenant, listed.id.removeprefix(schedule_prefix(tenant)))


async def test_a_schedule_is_made_and_shown_with_every_policy_and_its_next_times(schedules: Schedules) -> None:
    made = await schedules.create(NIGHTLY, startAt="2031-03-03T00:00:00Z", note="after the day's deliveries")
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{schedules.url}/nightly"
    shown = made.json()
    assert shown["calendars"] == [
        {
            "second": "0",
            "minute": "30",
            "hour": "2",
            "dayOfMonth": "*",
            "month": "*",
            "dayOfWeek": "1-5",
            "year": "*",
        }
    ]
    assert (shown["overlap"], shown["catchupWindow"], shown["jitter"]) == ("SKIP", "24h", "0s")
    assert (shown["paused"], shown["dryRun"], shown["timeZone"]) == (False, False, "Europe/Berlin")
    assert shown["note"] == "after the day's deliveries"
    # 3 March 2031 is a Monday; the Saturday and the Sunday after it are left out.
    assert shown["nextTimes"][:6] == [f"2031-03-{day}T02:30:00+01:00" for day in ("03", "04", "05", "06", "07", "10")]
    assert len(shown["nextTimes"]) == 10
    assert shown["counts"] == {"started": 0, "running": 0, "skipped": 0, "missed": 0}
    assert shown["runs"] == []
    assert "problem" not in shown
    assert await schedules.read() == shown


async def test_everything_that_can_be_asked_for_is_shown_as_it_was_asked_for(schedules: Schedules) -> None:
    asked = {
        "calendars": [
            {
                "second": "15",
                "minute": "5/20",
                "hour": "8-18/2",
                "dayOfMonth": "1,15",
                "month": "jan-mar,12",
                "dayOfWeek": "*",
                "year": "2031-2040",
            }
        ],
        "intervals": [{"every": "1d12h", "offset": "90m"}],
        "timeZone": "America/New_York",
        "overlap": "BUFFER_ONE",
        "catchupWindow": "90m",
        "jitter": "30s",
        "startAt": "2031-01-01T00:00:00Z",
        "endAt": "2041-01-01T00:00:00Z",
        "paused": True,
        "note": "not yet",
        "dryRun": True,
    }
    answer = await schedules.create({"name": "all"} | asked)
    assert answer.status_code == 201, answer.text
    shown = await schedules.read("all")
    calendar = {
        "second": "15",
        "minute": "5-59/20",
        "hour": "8-18/2",
        "dayOfMonth": "1,15",
        "month": "1-3,12",
        "dayOfWeek": "*",
        "year": "2031-2040",
    }
    assert shown["calendars"] == [calendar]
    assert shown["intervals"] == [{"every": "36h", "offset": "1h30m"}]
    assert shown["catchupWindow"] == "1h30m"
    same = ("timeZone", "overlap", "jitter", "startAt", "endAt", "paused", "note", "dryRun")
    assert {name: shown[name] for name in same} == {name: asked[name] for name in same}


async def test_a_name_is_used_once_and_may_be_used_again_when_it_is_free(schedules: Schedules) -> None:
    assert (await schedules.create(NIGHTLY)).status_code == 201
    again = await schedules.create(NIGHTLY)
    assert again.status_code == 409
    assert again.json()["detailInfo"] == "name: There is a schedule of this name"
    assert (await schedules.client.delete(f"{schedules.url}/nightly")).status_code == 204
    assert (await schedules.client.get(f"{schedules.url}/nightly")).status_code == 404
    assert (await schedules.create(NIGHTLY)).status_code == 201


async def test_a_schedule_is_replaced_as_a_whole(schedules: Schedules) -> None:
    await schedules.create(NIGHTLY, note="old", overlap="ALLOW_ALL", dryRun=True)
    new = {"intervals": [{"every": "6h"}], "paused": True}
    answer = await schedules.client.put(f"{schedules.url}/nightly", json=new)
    assert answer.status_code == 200, answer.text
    shown = await schedules.read()
    assert (shown["calendars"], shown["intervals"]) == ([], [{"every": "6h", "offset": "0s"}])
    assert (shown["overlap"], shown["dryRun"], shown["paused"]) == ("SKIP", False, True)
    assert {"note", "timeZone"}.isdisjoint(shown)
    hours = {datetime.fromisoformat(instant).hour for instant in shown["nextTimes"]}
    assert hours == {0, 6, 12, 18}
    named = await schedules.client.put(f"{schedules.url}/nightly", json=NIGHTLY)
    assert named.json()["detailInfo"].startswith("name: ")
    assert (await schedules.client.put(f"{schedules.url}/other", json=new)).status_code == 404


async def test_a_schedule_is_paused_and_goes_on_with_a_note(schedules: Schedules) -> None:
    await schedules.create(NIGHTLY)
    paused = await schedules.tell("pause", {"note": "stocktaking"})
    assert (paused.status_code, paused.json()["name"]) == (202, "nightly")
    shown = await schedules.read()
    assert (shown["paused"], shown["note"]) == (True, "stocktaking")
    assert (await schedules.tell("resume")).status_code == 202
    shown = await schedules.read()
    assert shown["paused"] is False
    assert shown["note"].startswith("Resumed by client:")


async def test_the_list_shows_the_tenants_schedules_by_name(schedules: Schedules) -> None:
    for name in ("weekly", "nightly", "a.b-c_D"):
        await schedules.create(NIGHTLY, name=name, startAt="2031-03-03T00:00:00Z", paused=name == "weekly")

    async def all_listed() -> bool:
        return await schedules.names() == ["a.b-c_D", "nightly", "weekly"]

    await eventually(all_listed, what="the list")
    (_, nightly, weekly) = (await schedules.client.get(schedules.url)).json()["schedules"]
    assert weekly["paused"] is True
    assert nightly["paused"] is False
    assert nightly["timeZone"] == "Europe/Berlin"
    assert nightly["calendars"][0]["dayOfWeek"] == "1-5"
    assert nightly["nextTimes"][0] == "2031-03-03T02:30:00+01:00"


CALENDAR = {"hour": "2"}
BERLIN = {"timeZone": "Europe/Berlin"}
BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "calendars"),
    ({"calendars": []}, "calendars"),
    ({"calendars": [CALENDAR]}, "timeZone"),
    ({"intervals": [{"every": "1h"}]} | BERLIN, "timeZone"),
    ({"calendars": [CALENDAR], "timeZone": "Europe/Nowhere"}, "timeZone"),
    ({"calendars": [CALENDAR], "timeZone": "europe/berlin"}, "timeZone"),
    ({"calendars": [CALENDAR], "timeZone": "localtime"}, "timeZone"),
    ({"calendars": [CALENDAR], "timeZone": "+02:00"}, "timeZone"),
    ({"calendars": [CALENDAR], "timeZone": "../etc/passwd"}, "timeZone"),
    ({"calendars": [{"hour": "24"}]} | BERLIN, "calendars.0.hour"),
    ({"calendars": [CALENDAR, {"minute": "60"}]} | BERLIN, "calendars.1.minute"),
    ({"calendars": [{"minute": "-1"}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": "*/0"}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": "30-10"}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": "1,,2"}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": ""}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": "\u0665"}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": True}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"minute": [1, 2]}]} | BERLIN, "calendars.0.minute"),
    ({"calendars": [{"second": "*"}]} | BERLIN, "calendars.0.second"),
    ({"calendars": [{"second": "0,30"}]} | BERLIN, "calendars.0.second"),
    ({"calendars": [{"dayOfMonth": "0"}]} | BERLIN, "calendars.0.dayOfMonth"),
    ({"calendars": [{"dayOfMonth": "32"}]} | BERLIN, "calendars.0.dayOfMonth"),
    ({"calendars": [{"dayOfMonth": "30", "month": "feb"}]} | BERLIN, "calendars.0.dayOfMonth"),
    ({"calendars": [{"dayOfMonth": "31", "month": "4,6,9,11"}]} | BERLIN, "calendars.0.dayOfMonth"),
    ({"calendars": [{"dayOfMonth": "29", "month": "2", "year": "2031"}]} | BERLIN, "calendars.0.dayOfMonth"),
    ({"calendars": [{"month": "0"}]} | BERLIN, "calendars.0.month"),
    ({"calendars": [{"month": "january"}]} | BERLIN, "calendars.0.month"),
    ({"calendars": [{"dayOfWeek": "7"}]} | BERLIN, "calendars.0.dayOfWeek"),
    ({"calendars": [{"dayOfWeek": "fri-mon"}]} | BERLIN, "calendars.0.dayOfWeek"),
    ({"calendars": [{"year": "1999"}]} | BERLIN, "calendars.0.year"),
    ({"calendars": [{"weekday": "1"}]} | BERLIN, "calendars.0.weekday"),
    ({"calendars": [CALENDAR] * 21} | BERLIN, "calendars"),
    ({"calendars": "0 2 * * *"} | BERLIN, "calendars"),
    ({"intervals": [{}]}, "intervals.0.every"),
    ({"intervals": [{"every": "30s"}]}, "intervals.0.every"),
    ({"intervals": [{"every": "1000d"}]}, "intervals.0.every"),
    ({"intervals": [{"every": "hourly"}]}, "intervals.0.every"),
    ({"intervals": [{"every": ""}]}, "intervals.0.every"),
    ({"intervals": [{"every": 3600}]}, "intervals.0.every"),
    ({"intervals": [{"every": "1h", "offset": "1h"}]}, "intervals.0.offset"),
    ({"intervals": [{"every": "1h", "offset": "-5m"}]}, "intervals.0.offset"),
    ({"intervals": [{"every": "1h"}], "overlap": "QUEUE"}, "overlap"),
    ({"intervals": [{"every": "1h"}], "catchupWindow": "10s"}, "catchupWindow"),
    ({"intervals": [{"every": "1h"}], "catchupWindow": "2 days"}, "catchupWindow"),
    ({"intervals": [{"every": "1h"}], "jitter": "25h"}, "jitter"),
    ({"intervals": [{"every": "1h"}], "startAt": "2031-01-01T00:00:00"}, "startAt"),
    (
        {"intervals": [{"every": "1h"}], "startAt": "2031-01-02T00:00:00Z", "endAt": "2031-01-02T01:00:00+01:00"},
        "endAt",
    ),
    ({"intervals": [{"every": "1h"}], "startAt": "0001-01-01T00:00:00+14:00"}, "startAt"),
    ({"intervals": [{"every": "1h"}], "endAt": "9999-12-31T23:59:59-14:00"}, "endAt"),
    ({"intervals": [{"every": "1h"}], "paused": "no"}, "paused"),
    ({"intervals": [{"every": "1h"}], "note": "n" * 501}, "note"),
    ({"intervals": [{"every": "1h"}], "cron": "0 2 * * *"}, "cron"),
    ({"intervals": [{"every": "1h"}], "name": None}, "name"),
    ({"intervals": [{"every": "1h"}], "name": "a/b"}, "name"),
    ({"intervals": [{"every": "1h"}], "name": ".."}, "name"),
    ({"intervals": [{"every": "1h"}], "name": "nightly\n"}, "name"),
    ({"intervals": [{"every": "1h"}], "name": "x" * 65}, "name"),
]


async def test_what_is_wrong_with_a_schedule_is_named(schedules: Schedules) -> None:
    for body, field in BAD:
        answer = await schedules.create({"name": "bad"} | body)
        assert answer.status_code == 400, (body, answer.text)
        assert answer.json()["detailInfo"].startswith(f"{field}: "), (body, answer.text)
    assert await schedules.names() == []


async def test_a_zone_that_only_temporal_does_not_know_is_named_too(
    schedules: Schedules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.schedules.terms._zones", lambda: frozenset({"Mars/Olympus"}))
    answer = await schedules.create(NIGHTLY, timeZone="Mars/Olympus")
    assert answer.status_code == 400
    assert answer.json()["detailInfo"] == "timeZone: Invalid schedule spec: unknown time zone Mars/Olympus"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "from"),
        ({"from": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "yesterday", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "2026-01-01T00:00:00", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "0001-01-01T00:00:00+14:00", "to": "0001-01-02T00:00:00Z"}, "from"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "2024-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2126-01-01T00:00:00Z"}, "to"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z", "overlap": "NO"}, "overlap"),
    ],
)
async def test_what_is_wrong_with_a_backfill_is_named(schedules: Schedules, body: dict[str, str], field: str) -> None:
    await schedules.create(NIGHTLY)
    answer = await schedules.tell("backfill", body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["detailInfo"].startswith(f"{field}: "), answer.text


async def test_a_schedule_that_does_not_exist_is_not_found_whatever_is_asked_of_it(schedules: Schedules) -> None:
    past = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}
    for name in ("unknown", "a b", "%2E%2E%2Fother", "x" * 300):
        for command, body in (("pause", None), ("resume", None), ("trigger", None), ("backfill", past)):
            assert (await schedules.tell(command, body, name)).status_code == 404, (name, command)
        assert (await schedules.client.get(f"{schedules.url}/{name}")).status_code == 404
        assert (await schedules.client.delete(f"{schedules.url}/{name}")).status_code == 404


async def test_a_tenant_neither_sees_nor_steers_anothers_schedules(
    schedules: Schedules, api_client: ApiClientFactory, token: TokenMaker, scheduling: ApiServices, tenant: str
) -> None:
    """The other tenant's code begins with this one's."""
    await schedules.create(NIGHTLY)
    other = f"{tenant}2"
    async with scheduling.sessions.begin() as session:
        await ensure_tenant(session, other)
    async with api_client(token=await token(other), services=scheduling) as client:
        theirs = Schedules(client, other)
        assert (await theirs.create(NIGHTLY, note="theirs")).status_code == 201
        for answer in (
            await client.get(f"{schedules.url}/nightly"),
            await client.get(schedules.url),
            await client.post(f"{schedules.url}/nightly/trigger"),
            await client.delete(f"{schedules.url}/nightly"),
        ):
            assert answer.status_code == 403
        assert (await client.delete(f"{theirs.url}/nightly")).status_code == 204

        async def only_ours() -> bool:
            return (await schedules.names(), await theirs.names()) == (["nightly"], [])

        await eventually(only_ours, what="the lists")
    assert (await schedules.read())["calendars"][0]["hour"] == "2"


async def test_who_may_only_read_jobs_may_only_read_schedules(
    schedules: Schedules, api_client: ApiClientFactory, token: TokenMaker, scheduling: ApiServices, tenant: str
) -> None:
    await schedules.create(NIGHTLY)
    async with api_client(token=await token(tenant, [INVOICE_VIEW]), services=scheduling) as client:
        viewer = Schedules(client, tenant)
        assert (await viewer.read())["name"] == "nightly"
        for answer in (
            await viewer.create(NIGHTLY, name="mine"),
            await viewer.tell("pause"),
            await viewer.tell("trigger"),
            await client.put(f"{viewer.url}/nightly", json={"intervals": [{"every": "6h"}]}),
            await client.delete(f"{viewer.url}/nightly"),
        ):
            assert answer.status_code == 403
            assert INVOICE_MANAGE in answer.json()["detailInfo"]


async def test_without_temporal_every_call_says_so(
    tenant: str, token: TokenMaker, api_client: ApiClientFactory
) -> None:
    async with api_client(token=await token(tenant)) as client:
        schedules = Schedules(client, tenant)
        for answer in (
            await schedules.create(NIGHTLY),
            await client.get(schedules.url),
            await client.get(f"{schedules.url}/nightly"),
            await schedules.tell("pause"),
            await client.delete(f"{schedules.url}/nightly"),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "Temporal" in answer.json()["message"]


@pytest.mark.parametrize(
    ("zone", "start", "hour", "minute", "instants"),
    [
        # 28 March 2027: the clock goes from 02:00 to 03:00, so that day has no 02:30.
        ("Europe/Berlin", "2027-03-26T00:00:00Z", "2", "30", ["03-26T01:30", "03-27T01:30", "03-29T00:30"]),
        ("Europe/Berlin", "2027-03-27T00:00:00Z", "3", "0", ["03-27T02:00", "03-28T01:00", "03-29T01:00"]),
        ("Europe/Berlin", "2027-03-27T00:00:00Z", "1", "30", ["03-27T00:30", "03-28T00:30", "03-28T23:30"]),
        # 31 October 2027: the clock goes back from 03:00 to 02:00, and 02:30 comes twice.
        ("Europe/Berlin", "2027-10-29T12:00:00Z", "2", "30", ["10-30T00:30", "10-31T01:30", "11-01T01:30"]),
        ("UTC", "2027-03-27T00:00:00Z", "2", "30", ["03-27T02:30", "03-28T02:30", "03-29T02:30"]),
    ],
)
async def test_a_time_that_the_clock_leaves_out_is_not_run_and_one_that_comes_twice_runs_once(
    schedules: Schedules, zone: str, start: str, hour: str, minute: str, instants: list[str]
) -> None:
    """As docs/schedules.md says."""
    calendars = [{"hour": hour, "minute": minute}]
    made = await schedules.create({"name": "dst", "calendars": calendars, "timeZone": zone, "startAt": start})
    assert made.status_code == 201, made.text
    times = [datetime.fromisoformat(instant).astimezone(UTC) for instant in made.json()["nextTimes"][:3]]
    assert [f"{instant:%m-%dT%H:%M}" for instant in times] == instants


async def test_a_schedule_whose_action_is_not_ours_says_what_is_wrong(
    schedules: Schedules, temporal_client: TemporalClient, tenant: str
) -> None:
    spec = ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(days=7))])
    wrong: list[tuple[str, str, Any, str, str]] = [
        ("type", "InvoiceJob", {"tenant": tenant}, "invoices", "does not start the workflow ScheduledJob"),
        ("queue", "ScheduledJob", {"tenant": tenant}, "elsewhere", "its task queue must be invoices"),
        ("input", "ScheduledJob", {"tenants": tenant}, "invoices", "its input must be like"),
        ("tenant", "ScheduledJob", {"tenant": "acme"}, "invoices", "names another tenant: acme"),
    ]
    for name, workflow, wish, queue, words in wrong:
        action = ScheduleActionStartWorkflow(workflow, wish, id=f"scheduled-job/{tenant}/{name}", task_queue=queue)
        await temporal_client.create_schedule(f"jobs/{tenant}/{name}", Schedule(action=action, spec=spec))
        assert words in (await schedules.read(name))["problem"]
    with suppress(RPCError):
        await temporal_client.get_schedule_handle(f"jobs/{tenant}/type").delete()
