"""Guessing secrets is made slow; logging in is not."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security import failed_logins
from api.security.failed_logins import FailedLogins
from api.security.token import TokenController
from api.services import ApiServices
from database.access import NewClient, create_client
from tests.api_fixtures import ApiClientFactory

Sessions = async_sessionmaker[AsyncSession]
HERE, THERE = "192.0.2.7", "198.51.100.9"


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def logins(clock: Clock) -> FailedLogins:
    return FailedLogins(clock)


def fail(logins: FailedLogins, client_id: str, address: str, times: int) -> None:
    for _ in range(times):
        logins.note_failure(client_id, address, 6)


def wait(logins: FailedLogins, client_id: str, address: str) -> float:
    return logins.seconds_to_wait(client_id, address, 6)


def test_after_so_many_failures_one_waits_for_the_next_try(logins: FailedLogins, clock: Clock) -> None:
    """Six a minute: the seventh try has its turn ten seconds later, and so has the one after it."""
    fail(logins, "a", HERE, 5)
    assert wait(logins, "a", HERE) == 0
    fail(logins, "a", HERE, 1)
    assert wait(logins, "a", HERE) == 10
    clock.now += 4
    assert wait(logins, "a", HERE) == pytest.approx(6)
    clock.now += 6
    assert wait(logins, "a", HERE) == pytest.approx(0)
    fail(logins, "a", HERE, 1)
    assert wait(logins, "a", HERE) == pytest.approx(10)
    clock.now += 60
    fail(logins, "a", HERE, 5)
    assert wait(logins, "a", HERE) == 0


def test_failures_stand_against_the_client_and_against_the_address(logins: FailedLogins) -> None:
    fail(logins, "a", HERE, 6)
    assert wait(logins, "a", THERE) > 0
    assert wait(logins, "b", HERE) > 0
    assert wait(logins, "b", THERE) == 0


def test_many_ids_from_one_address_and_many_addresses_for_one_id_are_seen(logins: FailedLogins) -> None:
    for number in range(6):
        logins.note_failure(f"guess {number}", HERE, 6)
        logins.note_failure("a", f"203.0.113.{number}", 6)
    assert wait(logins, "b", HERE) > 0
    assert wait(logins, "a", THERE) > 0


def test_who_logged_in_before_does_not_suffer_from_others(logins: FailedLogins) -> None:
    logins.note_success("a", HERE)
    fail(logins, "a", THERE, 6)
    fail(logins, "b", HERE, 6)
    assert wait(logins, "a", HERE) == 0
    assert wait(logins, "a", THERE) > 0
    fail(logins, "a", HERE, 6)
    assert wait(logins, "a", HERE) > 0


def test_neighbours_in_an_ipv6_network_are_one_address(logins: FailedLogins) -> None:
    for number in range(6):
        logins.note_failure(f"guess {number}", f"2001:db8:0:1:{number:x}::1", 6)
    assert wait(logins, "a", "2001:db8:0:1:ffff::9") > 0
    assert wait(logins, "a", "2001:db8:0:2::1") == 0


def test_what_is_remembered_has_a_bound(logins: FailedLogins, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failed_logins, "REMEMBERED", 10)
    fail(logins, "a", HERE, 6)
    for number in range(100):
        logins.note_failure(f"guess {number}", HERE, 6)
        logins.note_success(f"client {number}", HERE)
    assert (len(logins._failures), len(logins._welcome)) == (10, 10)
    assert wait(logins, "new", HERE) > 0  # what is still going on is not what is forgotten


@pytest.fixture
def strict(api_services: ApiServices, clock: Clock) -> ApiServices:
    settings = api_services.settings.model_copy(update={"failed_logins_per_minute": 3})
    return replace(api_services, settings=settings, failed_logins=FailedLogins(clock))


@pytest.fixture
async def made(sessions: Sessions, tenant: str) -> NewClient:
    async with sessions.begin() as session:
        return await create_client(session, tenant, ["invoice.invoice_view"])


def form(client: NewClient, secret: str | None = None) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": client.client_id,
        "client_secret": secret or client.client_secret,
    }


async def test_the_token_endpoint_tells_when_to_come_again(
    api_client: ApiClientFactory, strict: ApiServices, made: NewClient, clock: Clock
) -> None:
    async with api_client(services=strict, controllers=(TokenController,)) as client:
        for _ in range(3):
            assert (await client.post("/oauth/token", data=form(made, "guess"))).status_code == 401
        refused = await client.post("/oauth/token", data=form(made))
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")
        assert refused.json() == {
            "error": "too_many_requests",
            "error_description": "There were too many wrong secrets, try again in 20 s",
        }
        clock.now += 20
        assert (await client.post("/oauth/token", data=form(made))).status_code == 200


async def test_a_client_that_logs_in_often_never_notices(
    api_client: ApiClientFactory, strict: ApiServices, made: NewClient
) -> None:
    async with api_client(services=strict, controllers=(TokenController,)) as client:
        for _ in range(8):
            assert (await client.post("/oauth/token", data=form(made))).status_code == 200
        guesses = [await client.post("/oauth/token", data=form(made) | {"client_id": f"x{n}"}) for n in range(4)]
        assert [guess.status_code for guess in guesses] == [401, 401, 401, 429]
        assert (await client.post("/oauth/token", data=form(made))).status_code == 200
