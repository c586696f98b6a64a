"""`python -m demo.shop`: the shop as a process of its own, until SIGTERM or Ctrl-C."""

import signal
import sys
from pathlib import Path
from types import FrameType

import click

from demo.shop.app import Shop, create_app
from demo.shop.serving import listening_socket, server
from demo.shop.store import Store
from demo.shop.tokens import CLIENT_LIST, DEFAULT_CLIENTS, TokenDesk


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where its books are.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free one.")
@click.option("--clients", envvar="SHOP_CLIENTS", help='JSON: [{"client_id":"...","secret":"...","tenant":"acme"}]')
@click.option("--token-life", type=click.FloatRange(min=0), default=14_399.0, show_default=True, help="Seconds.")
def main(folder: Path, host: str, port: int, clients: str | None, token_life: float) -> None:
    """Run the sample shop."""
    signal.signal(signal.SIGTERM, leave)  # uvicorn hands the signal on when it has drained
    signal.signal(signal.SIGINT, leave)
    desk = TokenDesk(CLIENT_LIST.validate_json(clients) if clients else DEFAULT_CLIENTS, token_life)
    try:
        listener = listening_socket(host, port)
    except OSError as error:
        raise click.ClickException(f"the shop cannot listen on {host}:{port}: {error}") from error
    address = f"http://{host}:{listener.getsockname()[1]}"
    shop = Shop(Store(folder), desk)
    server(create_app(shop), lambda: click.echo(f"The shop is at {address}")).run([listener])


def leave(_number: int, _frame: FrameType | None) -> None:
    """End with status 0: being stopped is no failure."""
    sys.exit(0)


if __name__ == "__main__":
    main()
