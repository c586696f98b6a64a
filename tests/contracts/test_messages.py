"""What crosses the Temporal boundary: frozen, bounded, exact, and open to members of a newer version."""

import inspect
import pkgutil
from datetime import timedelta
from importlib import import_module
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import uuid4

import pytest
from annotated_types import MaxLen
from temporalio import workflow
from temporalio.contrib.pydantic import pydantic_data_converter

import contracts
from contracts import steps
from contracts.failures import FINAL, NOT_RETRIED, Reason
from contracts.invoice_job import Page
from contracts.message import Message
from contracts.order_invoice import Delivery, InvoiceRef, IssuedDocument, OrderRef, OrderState, Outcome, Step
from contracts.sales_invoice import DeliveryRequest
from worker import WORKFLOWS


def message_types() -> list[type[Message]]:
    modules = [import_module(f"contracts.{module.name}") for module in pkgutil.iter_modules(contracts.__path__)]
    found = {
        value
        for module in modules
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, Message) and value is not Message
    }
    return sorted(found, key=lambda kind: kind.__name__)


def kinds_in(annotation: Any) -> set[Any]:
    """Every type that an annotation is made of; a bounded sequence counts as its members only."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extras = get_args(annotation)
        if any(isinstance(extra, MaxLen) for extra in extras):
            return set().union(*(kinds_in(member) for member in get_args(inner) if member is not Ellipsis))
        return kinds_in(inner)
    if origin in {Union, UnionType}:
        return set().union(*(kinds_in(member) for member in get_args(annotation)))
    return {origin or annotation}


@pytest.mark.parametrize("kind", message_types(), ids=lambda kind: kind.__name__)
def test_a_message_is_frozen_and_lets_unknown_members_pass(kind: type[Message]) -> None:
    assert kind.model_config["frozen"] is True
    assert kind.model_config["extra"] == "ignore"


@pytest.mark.parametrize("kind", message_types(), ids=lambda kind: kind.__name__)
def test_a_message_holds_nothing_unbounded_or_untyped(kind: type[Message]) -> None:
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if name in kind.model_fields:
            assert kinds_in(hint).isdisjoint({Any, bytes, list, dict, set, tuple, object, float}), (
                f"{kind.__name__}.{name}"
            )


def test_the_check_would_see_an_unbounded_list() -> None:
    assert list in kinds_in(list[str])
    assert tuple in kinds_in(tuple[str, ...] | None)
    assert Any in kinds_in(Any)


async def test_messages_survive_the_data_converter() -> None:
    order = OrderRef(tenant="acme", order_id="EON/1 ü", job_id=uuid4())
    invoice = InvoiceRef(tenant="acme", invoice_id=uuid4(), number="INV261001")
    sent = (
        Delivery(order=order, invoice=invoice),
        Outcome(order=order, state=OrderState.HELD, step=Step.CAPTURE, reason=Reason.PAYMENT_DECLINED, message="no"),
        Page(order_ids=("a", "b"), last_position=2),
    )
    for message in sent:
        payloads = await pydantic_data_converter.encode([message])
        assert await pydantic_data_converter.decode(payloads, [type(message)]) == [message]


async def test_what_asks_for_an_orders_pdf_is_read_as_what_asks_for_any() -> None:
    """`create_pdf` took `Delivery` once, and takes what every document has now: old tasks are still understood."""
    order = OrderRef(tenant="acme", order_id="EON1", job_id=uuid4())
    invoice = InvoiceRef(tenant="acme", invoice_id=uuid4(), number="INV261001")
    for sent in (Delivery(order=order, invoice=invoice), DeliveryRequest(invoice=invoice, mail_id=uuid4())):
        payloads = await pydantic_data_converter.encode([sent])
        (read,) = await pydantic_data_converter.decode(payloads, [IssuedDocument])
        assert (read.invoice, read.order) == (invoice, sent.order)


def test_an_older_reader_ignores_what_a_newer_writer_adds() -> None:
    newer = {"tenant": "acme", "order_id": "E1", "job_id": str(uuid4()), "priority": 3}
    assert OrderRef.model_validate(newer).order_id == "E1"


STEPS = {name: options for name, options in vars(steps).items() if name.isupper() and isinstance(options, dict)}


@pytest.mark.parametrize("name", STEPS)
def test_every_attempt_of_a_step_has_a_limit_and_named_final_failures(name: str) -> None:
    options: Any = STEPS[name]
    assert timedelta(0) < options["start_to_close_timeout"] <= timedelta(hours=6)
    assert set(Reason) | {"PayloadsTooLarge"} == set(options["retry_policy"].non_retryable_error_types)
    assert options["summary"]


def test_steps_that_touch_the_world_heartbeat() -> None:
    for name in (
        "LOOK_UP",
        "CAPTURE",
        "REFUND",
        "CREATE_PDF",
        "SEND_EMAIL",
        "SEND_REQUESTED_MAIL",
        "REPORT",
        "FIND_ORDERS",
    ):
        assert STEPS[name]["heartbeat_timeout"] < STEPS[name]["start_to_close_timeout"]


def test_what_may_pass_is_in_no_list_of_final_failures() -> None:
    assert {"TransientFault", "OutcomeUnknown", "RendererDied", "RenderTimedOut"}.isdisjoint(NOT_RETRIED)
    assert set(Reason) > FINAL


@pytest.mark.parametrize("workflow_class", WORKFLOWS)
def test_a_workflow_takes_one_message(workflow_class: type) -> None:
    definition: Any = workflow._Definition.must_from_class(workflow_class)
    parameters = list(inspect.signature(definition.run_fn).parameters)
    assert len(parameters) == 2
    assert issubclass(get_type_hints(definition.run_fn)[parameters[1]], Message)
