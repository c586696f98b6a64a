"""Which round of the demo is on: a round that was broken off is gone on with, a finished one makes room for the next.

A round's ids are its own, so that a folder can be used again and again although no order is invoiced twice.
"""

from pathlib import Path
from typing import Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, ValidationError

from demo.failure import DemoFailed
from demo.orders.rounds import Round


class RoundEntry(BaseModel):
    """One round.

    Attributes:
        run: part of its idempotency keys; another folder's first round has another.
        mails_before: number of the last mail that was there when it began.
        owner: the demo, or the people who have used `invoices up`.
    """

    model_config = ConfigDict(frozen=True)

    number: int
    orders: int
    run: str
    mails_before: int = 0
    owner: Literal["demo", "people"] = "demo"
    finished: bool = False

    @property
    def round(self) -> Round:
        """Its orders."""
        return Round(self.number, self.orders)

    def key(self, job: str) -> str:
        """The idempotency key of a job of this round."""
        return f"demo-{self.run}-{job}"


class RoundBook:
    """`rounds.json` in a folder: the latest round."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "rounds.json"

    @property
    def latest(self) -> RoundEntry | None:
        """The latest round, None before the first.

        Raises:
            DemoFailed: the file is damaged.
        """
        try:
            return RoundEntry.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            raise DemoFailed(f"{self._file} is damaged: remove the folder {self._file.parent} to begin anew") from error

    @property
    def broken_off(self) -> RoundEntry | None:
        """The demo's round that was begun and not finished."""
        latest = self.latest
        return latest if latest and latest.owner == "demo" and not latest.finished else None

    def begin(self, orders: int, mails_before: int) -> RoundEntry:
        """Begin the next round of the demo."""
        return self._write(
            RoundEntry(number=self._next_number(), orders=orders, run=uuid4().hex, mails_before=mails_before)
        )

    def finish(self, entry: RoundEntry) -> None:
        """Note that a round has been judged, whatever the judgement."""
        self._write(entry.model_copy(update={"finished": True}))

    def claim_for_people(self, orders: int) -> RoundEntry:
        """A round whose orders are free to be invoiced by hand; the latest one while it is that, or the demo's own."""
        latest = self.latest
        if latest and (latest.owner == "people" or not latest.finished):
            return latest
        return self._write(
            RoundEntry(number=self._next_number(), orders=orders, run=uuid4().hex, owner="people", finished=True)
        )

    def _next_number(self) -> int:
        latest = self.latest
        return latest.number + 1 if latest else 1

    def _write(self, entry: RoundEntry) -> RoundEntry:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_name(f"{self._file.name}.new")
        fresh.write_text(entry.model_dump_json(indent=2) + "\n")
        fresh.replace(self._file)
        return entry
