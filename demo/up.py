"""`invoices up`: the stack, left running until Ctrl-C."""

import os
import shlex
import signal
from pathlib import Path

from demo.api_client import TENANT, KeptClient
from demo.private_file import write_private
from demo.round_book import RoundBook
from demo.running import Running, running
from demo.screen import Screen
from demo.service import JOBS
from demo.shop_books import ShopBooks
from demo.stack import Stack
from demo.surroundings import PREFIX, surroundings

SAMPLE_ORDERS = 20
TOKEN_OF = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])'"  # noqa: S105 (a command)


def run_up(folder: Path) -> None:
    """Start everything, say where it is, and wait for a signal; then drain and stop all of it.

    Raises:
        DemoFailed: a part cannot run.
    """
    screen, stack = Screen(), Stack(folder.resolve(), surroundings(os.environ))
    try:
        with running(stack, screen) as up:
            _keep_settings(stack)
            order_id = _fill_the_shop(up)
            _show(screen, up, order_id)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        screen.say("Stopped; `invoices up` goes on where this ended")


def _keep_settings(stack: Stack) -> None:
    """What `invoices` commands need to reach this stack, for a shell to read."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in stack.environment.items() if name.startswith(PREFIX)]
    write_private(_settings_file(stack), "\n".join([*sorted(lines), ""]))


def _settings_file(stack: Stack) -> Path:
    return stack.folder / "settings.env"


def _fill_the_shop(up: Running) -> str | None:
    """Orders to try things out with; the id of one of them."""
    if up.stack.shop_url is None:
        return None
    claimed = RoundBook(up.stack.folder).claim_for_people(SAMPLE_ORDERS)
    with ShopBooks(up.stack.shop_url) as shop:
        return shop.seed(claimed).manual[0]


def _show(screen: Screen, up: Running, order_id: str | None) -> None:
    stack, form = up.stack, KeptClient(up.stack.folder).form_file
    places = {
        "API": stack.api_url,
        "API documentation": f"{stack.api_url}/docs",
        "Temporal Web UI": stack.temporal_ui_url or f"that of {stack.surroundings.settings.get('TEMPORAL_ADDRESS')}",
        "Mails": str(stack.mails) if not stack.surroundings.has_mail_server else "your own mail server",
        "Shop": stack.shop_url or "your own",
        "Logs": str(stack.logs),
        "Settings": f"{_settings_file(stack)} (set -a; . FILE; set +a: then `invoices` commands reach this stack)",
        f"Client of {TENANT}": str(KeptClient(stack.folder).file),
    }
    screen.say("\nThe service is up.", "bold green")
    for name, place in places.items():
        screen.say(f"  {name:<18} {place}")
    screen.say("\nA token, and with it the jobs:", "bold")
    screen.say(f"  TOKEN=$(curl -s {stack.api_url}/oauth/token -d @{shlex.quote(str(form))} | {TOKEN_OF})")
    screen.say(f'  curl -s -H "Authorization: Bearer $TOKEN" {stack.api_url}{JOBS}')
    if order_id:
        body = f'{{"jobType":"MANUAL","orderIds":["{order_id}"]}}'
        screen.say("\nA first invoice:", "bold")
        screen.say(
            f'  curl -s -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" '
            f"-d '{body}' {stack.api_url}{JOBS}"
        )
    screen.say("\nCtrl-C drains and stops all of it.\n", "bold")
