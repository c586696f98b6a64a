"""`invoices order`: an order in the jobs that name it, and refusals in a sentence. More is in tests/test_control.py."""

import asyncio

from demo.orders.manual import MANUAL
from tests.command_line import Ended, Run
from tests.service_fixtures import Service


async def type_(service: Service, run: Run, *words: str) -> Ended:
    settings = service.settings
    return await asyncio.to_thread(
        run,
        "order",
        *words,
        "--tenant",
        service.tenant,
        DATABASE_URL=settings.database_url.get_secret_value(),
        TEMPORAL_ADDRESS=settings.temporal_address,
    )


async def test_an_order_is_shown_in_every_job_that_named_it_the_newest_word_first(
    service: Service, command_line: Run
) -> None:
    first = await service.start("EON1")
    await service.job(first).result()
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    second = await service.start("EON1")
    await service.job(second).result()
    shown = (await type_(service, command_line, "show", "EON1")).output.splitlines()
    [invoice] = await service.invoices()
    assert [line.split(",")[0] for line in shown if line.startswith("job ")] == [f"job {second}", f"job {first}"]
    assert f"EON1  SUCCESS  {invoice.number}  Invoice created" in shown
    assert "EON1  failed at look_up_order: unknown_order" in shown


async def test_what_an_order_does_not_take_is_refused_in_one_sentence(service: Service, command_line: Run) -> None:
    service.shop.add_order(MANUAL["EON9005"]("EON9005"))
    service.shop.decline(service.shop.transaction_of("EON9005"))
    await service.run("EON9005")
    no_total = "order EON9005: the order is not on hold for a total that differs: there is none to accept"
    nobody = "no invoice of order EON404 is under way; start a job that names it"
    for words, sentence in (
        (("release", "EON9005", "--choice", "accept_ours"), no_total),
        (("retry", "EON404"), nobody),
        (
            ("release", "EON404", "--choice", "abandon"),
            "no invoice of order EON404 is under way; start a job that names it",
        ),
        (("cancel", "EON404"), nobody),
        (("show", "EON404"), f"no job of tenant {service.tenant} names order EON404"),
    ):
        assert (await type_(service, command_line, *words)).refused_with(sentence), words
