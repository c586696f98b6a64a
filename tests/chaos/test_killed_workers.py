"""`kill -9` of the worker, again and again, in the middle of a job: nothing is lost and nothing is done twice.

The books that are checked are the shop's, the gateway's and the mail sink's own; no part of the service writes them.
"""

import random
from collections import Counter
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from api.services import ApiServices
from database import jobs
from demo.orders.generator import expected_capture, generated_order
from tests.api_fixtures import TokenMaker
from tests.chaos.worker_process import WorkerProcess
from tests.credit_desk import opened
from tests.service_fixtures import Service
from tests.waiting import eventually

ORDERS = 40
KILLS = 3
CREDITED = 5
SEED = 20_261_121


@pytest.mark.thorough
async def test_killed_workers_lose_nothing_and_do_nothing_twice(idle_service: Service, tmp_path: Path) -> None:
    service, dice = idle_service, random.Random(SEED)
    orders = {order["id"]: order for order in (generated_order(index, 1) for index in range(1, ORDERS + 1))}
    for order in orders.values():
        service.shop.add_order(order)
    thresholds = sorted(dice.sample(range(2, ORDERS - 10), KILLS))
    async with WorkerProcess(service.settings, tmp_path / "worker.log") as worker:
        job_id = await service.start(*orders, concurrency=10)
        for threshold in thresholds:
            await _settled(service, job_id, threshold)
            await worker.kill()
            await worker.start()
        await service.job(job_id).result()
        assert await worker.terminate() == 0
    await _check(service, orders)


async def test_workers_that_die_while_money_goes_back_give_it_back_once(
    idle_service: Service, api_services: ApiServices, token: TokenMaker, tmp_path: Path
) -> None:
    """They are killed when the gateway has given the money back and nobody has written that down."""
    service = idle_service
    orders = [order for order in (generated_order(index, 1) for index in range(1, 20)) if expected_capture(order)]
    order_ids = [service.shop.add_order(order) for order in orders[:CREDITED]]
    async with WorkerProcess(service.settings, tmp_path / "worker.log") as worker:
        await service.job(await service.start(*order_ids)).result()
        service.shop.fault("POST .*/refund", "delay", seconds=2.0, effect=True, times=None)
        async with opened(service, api_services, await token(service.tenant)) as desk:
            made = [await desk.credit(order_id=order_id) for order_id in order_ids]
            for count in (1, CREDITED):
                await _refunded(service, count)
                assert [effect.state for effect in await desk.refund_effects()].count("STARTED") > 0
                await worker.kill()
                await worker.start()
            service.shop.clear_faults()
            for one in made:
                await desk.settled(one)
            assert {effect.state for effect in await desk.refund_effects()} == {"DONE"}
        assert await worker.terminate() == 0
    assert Counter(refund.order_id for refund in service.shop.books().refunds) == Counter(order_ids)
    given = {refund.order_id: refund.amount for refund in service.shop.books().refunds}
    assert given == {capture.order_id: capture.amount for capture in service.shop.books().captures}
    assert len({mail.message_id for mail in service.mail_sink.mails()}) == 2 * CREDITED


async def _refunded(service: Service, count: int) -> None:
    async def reached() -> bool:
        return len(service.shop.books().refunds) >= count

    await eventually(reached, seconds=90, what=f"{count} refunds")


async def _settled(service: Service, job_id: UUID, count: int) -> None:
    async def reached() -> bool:
        async with service.sessions.begin() as session:
            view = await jobs.get_job(session, service.tenant, job_id)
        return view is not None and view.total - view.counts.get("PENDING", 0) >= count

    await eventually(reached, seconds=90, what=f"{count} settled orders")


async def _check(service: Service, orders: dict[str, dict[str, object]]) -> None:
    invoices = await service.invoices()
    assert {invoice.order_id for invoice in invoices} == set(orders)
    assert await service.drawn_numbers() == list(range(1001, 1001 + ORDERS))
    captured = Counter(capture.order_id for capture in service.shop.books().captures)
    assert captured == Counter(order_id for order_id, order in orders.items() if expected_capture(order))
    amounts = {capture.order_id: Decimal(capture.amount) for capture in service.shop.books().captures}
    assert amounts == {i.order_id: i.total for i in invoices if i.order_id in captured}
    mails = Counter(mail.message_id for mail in service.mail_sink.mails())
    assert len(mails) == ORDERS
    assert {report.order_id for report in service.shop.books().invoice_reports} == set(orders)
