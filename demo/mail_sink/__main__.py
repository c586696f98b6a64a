"""`python -m demo.mail_sink`: the mail sink as a process of its own, until SIGTERM or Ctrl-C."""

import asyncio
import signal
from pathlib import Path

import click
import uvloop

from demo.mail_sink.mailbox import Mailbox
from demo.mail_sink.serving import Security, serve
from demo.mail_sink.sink import Sink


@click.command()
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), required=True, help="Where mails go.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free one.")
def main(folder: Path, host: str, port: int) -> None:
    """Run the mail sink."""
    try:
        uvloop.run(run(folder, host, port))
    except OSError as error:
        raise click.ClickException(f"the mail sink cannot listen on {host}:{port}: {error}") from error


async def run(folder: Path, host: str, port: int) -> None:
    """Serve until a signal comes."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def listens(bound: int) -> None:
        click.echo(f"The mail sink is at smtp://{host}:{bound}")

    await serve(Sink(Mailbox(folder)), (host, port), Security(), listens, stop)


if __name__ == "__main__":
    main()
