"""The sample shop from outside: its orders are put on the shelf, its books read."""

import time
from typing import Self

import httpx
from pydantic import BaseModel

from demo.failure import DemoFailed
from demo.round_book import RoundEntry
from demo.shop.books import Books

TIMEOUT = httpx.Timeout(600.0, connect=5.0)
"""Seeding a hundred thousand orders takes minutes."""
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.2


class Seeded(BaseModel):
    """Ids of the orders of a round."""

    manual: list[str]
    beforehand: list[str]
    automatic: list[str]
    generated: list[str]


class ShopBooks:
    """A client of the shop at `url`; reading and seeding may both be repeated, and are while it does not answer."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def seed(self, entry: RoundEntry) -> Seeded:
        """Put the orders of a round on the shelf; those that are there stay as they are."""
        answer = self._send("POST", "/demo/rounds", {"round": entry.number, "orders": entry.orders})
        return Seeded.model_validate_json(answer.content)

    def books(self) -> Books:
        """The books of all rounds."""
        return Books.model_validate_json(self._send("GET", "/books").content)

    def _send(self, method: str, path: str, body: object = None) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(method, path, json=body)
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise DemoFailed(f"the shop does not answer ({type(error).__name__}): look into its log") from error
                time.sleep(PAUSE_SECONDS)
            else:
                if answer.is_success:
                    return answer
                raise DemoFailed(f"the shop answered {method} {path} with {answer.status_code}: {answer.text[:300]}")
