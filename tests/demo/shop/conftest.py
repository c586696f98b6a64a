"""A shop for the tests of one module, a client that carries its token, and one that carries nothing."""

from collections.abc import Iterator

import httpx
import pytest

from demo.shop.running import RunningShop, running_shop
from tests.demo.shop.shop_tokens import bearer


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture(scope="session")
def stranger() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10) as http:
        yield http


@pytest.fixture(scope="module")
def client(shop: RunningShop, stranger: httpx.Client) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shop.url, headers=bearer(stranger, shop), timeout=10) as http:
        yield http
