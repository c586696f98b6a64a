"""A process that serves the API over a real socket, for tests: `python -m tests.api.server_process DATABASE_URL`.

Prints its port when it takes connections and `bye` after it has closed everything.
"""

import asyncio
import sys
import tempfile

import uvloop
from litestar import Controller, get

import logs
from api.app import CONTROLLERS, create_app
from api.serve import serve
from api.services import ApiServices
from database.engine import create_engine, create_sessions
from integrations.document_store import ObjectDocumentStore
from settings import Settings
from tests.api.probes import PROBES
from tests.api_fixtures import ControlGateFake, TemporalGateFake, no_schedules


class Slow(Controller):
    opt = {"public": True}  # noqa: RUF012

    @get("/slow")
    async def slow(self) -> dict[str, str]:
        say("slow begun")
        await asyncio.sleep(1)
        return {"slow": "done"}


def say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(database_url: str) -> None:
    logs.configure_logging("INFO", "json")
    engine = create_engine(database_url, pool_size=5)
    with tempfile.TemporaryDirectory() as folder:
        store = ObjectDocumentStore(f"file://{folder}")
        services = ApiServices(
            Settings(), create_sessions(engine), store, TemporalGateFake(), ControlGateFake(), no_schedules()
        )
        await serve(create_app(services, [*CONTROLLERS, *PROBES, Slow]), "127.0.0.1", 0, on_started=say)
    await engine.dispose()
    say("bye")


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
