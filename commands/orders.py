"""`invoices order`: look at an order, and move it on."""

from collections.abc import Awaitable, Callable

import click

from api.jobs import order_control
from api.jobs.control_gate import Declined, NotOpen
from commands.job_report import order_lines
from commands.running import ACTOR, Refused, read_settings, run
from commands.steering import Desk, steering
from contracts.order_invoice import Choice, Release, Standing
from contracts.temporal_client import TemporalAway
from database import job_lists
from settings import Settings

JOBS_SHOWN = 10

tenant_option = click.option("--tenant", required=True)


@click.group()
def order() -> None:
    """Orders under way."""


@order.command("show")
@click.argument("order_id")
@tenant_option
def show_order(order_id: str, tenant: str) -> None:
    """Show what became of an order in the last jobs that named it, and the one command that moves it on."""
    for line in run(_show(read_settings(), tenant, order_id)):
        click.echo(line)


@order.command("retry")
@click.argument("order_id")
@tenant_option
def retry_order(order_id: str, tenant: str) -> None:
    """Try a held order again, from the step that failed."""
    run(_move(read_settings(), order_id, lambda desk: order_control.retry(desk, tenant, order_id)))
    click.echo(f"order {order_id} is being tried again")


@order.command("release")
@click.argument("order_id")
@tenant_option
@click.option("--choice", required=True, type=click.Choice([choice.value for choice in Choice]))
def release_order(order_id: str, tenant: str, choice: str) -> None:
    """Decide about a held order.

    retry: try the failed step again. Of an order whose totals differ, accept_ours invoices what its parts come to, and
    accept_orders the total that it states. abandon: give it up.
    """
    wish = Release(choice=Choice(choice), actor=ACTOR)
    run(_move(read_settings(), order_id, lambda desk: order_control.release(desk, tenant, order_id, wish)))
    click.echo(f"order {order_id} is released: {choice}")


@order.command("cancel")
@click.argument("order_id")
@tenant_option
def cancel_order(order_id: str, tenant: str) -> None:
    """End an order before its payment is captured."""
    run(_move(read_settings(), order_id, lambda desk: desk.control.tell_order(tenant, order_id, "cancel")))
    click.echo(f"order {order_id} is being cancelled")


async def _move(settings: Settings, order_id: str, command: Callable[[Desk], Awaitable[None]]) -> None:
    async with steering(settings) as desk:
        try:
            await command(desk)
        except NotOpen:
            raise Refused(f"no invoice of order {order_id} is under way; start a job that names it") from None
        except Declined as error:
            raise Refused(f"order {order_id}: {error}") from None


async def _show(settings: Settings, tenant: str, order_id: str) -> list[str]:
    async with steering(settings) as desk:
        async with desk.sessions.begin() as session:
            views = await job_lists.items_of_order(session, tenant, order_id, limit=JOBS_SHOWN)
        if not views:
            raise Refused(f"no job of tenant {tenant} names order {order_id}")
        try:
            standing = await desk.control.standing(tenant, order_id)
        except (NotOpen, TemporalAway):
            standing = None
    lines = [] if standing is None else [_standing_line(standing)]
    for view in views:
        lines += [f"job {view.item.job_id}, {view.item.updated_at:%Y-%m-%d %H:%M}", *order_lines(view)]
    return lines


def _standing_line(standing: Standing) -> str:
    """The last word of the workflow, which may have ended since."""
    if standing.held is not None:
        return f"on hold at {standing.step}, try {standing.tries}"
    return f"last at {standing.step}, try {standing.tries}"
