"""The stack with its tenant set up: what `invoices demo` and `invoices up` have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from demo.api_client import TENANT, ApiClient, KeptClient, client_shown
from demo.embedded.errors import EmbeddedServerError
from demo.failure import DemoFailed
from demo.interrupts import interruptible, undisturbed
from demo.screen import Screen
from demo.service import InvoiceService, ServiceRefused
from demo.stack import Stack
from demo.tenant_setup import set_up_tenant


@dataclass(frozen=True)
class Running:
    """A stack that runs, and the way into its API."""

    stack: Stack
    service: InvoiceService


@contextmanager
def running(stack: Stack, screen: Screen) -> Iterator[Running]:
    """Start, set up the tenant; at the end, or when interrupted, drain and stop all of it.

    Raises:
        DemoFailed: a part cannot run, or the API refused.
        KeyboardInterrupt: a signal asked us to end.
    """
    with interruptible(), screen.warnings():
        screen.say(f"Starting the stack in {stack.folder}")
        try:
            stack.start()
        except EmbeddedServerError as error:
            raise DemoFailed(str(error)) from error
        try:
            with _logged_in(stack) as service:
                set_up_tenant(service, stack.shop_url)
                yield Running(stack, service)
        finally:
            with undisturbed():
                screen.say("Stopping; the worker finishes what it is at")
                stack.stop()


def _logged_in(stack: Stack) -> InvoiceService:
    """A service that knows us; a database that does not know the kept client gets a new one."""
    kept = KeptClient(stack.folder)
    if client := kept.read():
        service = InvoiceService(stack.api_url, client)
        try:
            service.log_in()
        except ServiceRefused:
            service.close()
        else:
            return service
    client = _make_client(stack)
    kept.keep(client)
    return InvoiceService(stack.api_url, client)


def _make_client(stack: Stack) -> ApiClient:
    return client_shown(stack.run_invoices("client", "create", "--tenant", TENANT))
