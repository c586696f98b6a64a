"""The clients against the sample shop and the mail sink: one way through for each, and the faults between them."""

import json
from collections.abc import AsyncIterator, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import SecretStr

from demo.mail_sink.running import RunningMailSink, running_mail_sink
from demo.mail_sink.sink import Login
from demo.shop.running import RunningShop, running_shop
from demo.shop.tokens import Client as ShopClient
from integrations.commerce_token import CommerceTokens
from integrations.faults import TransientFault
from integrations.mail import MailRefused, SmtpMailer
from integrations.order_service import HttpOrderService, UnknownOrder
from integrations.payment_gateway import HttpPaymentGateway, OutcomeUnknown, Refund
from tests.integrations.mails import MAIL
from tests.integrations.shop_clients import Client

ORDER = """{"id": "%s", "status": "CONFIRMED", "totalPrice": 288.9500, "metadata": {"version": 3}, "payments": [
 {"status": "AUTHORIZATION_SUCCESS", "transactionId": "tx-%s", "authorizedAmount": 300, "currency": "EUR"}]}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with running_shop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.fixture
async def tokens(shop: RunningShop) -> AsyncIterator[CommerceTokens]:
    client = Client(shop.client.client_id, shop.client.secret)
    tokens = CommerceTokens(shop.token_url, {shop.tenant: client}, timeout_seconds=10)
    yield tokens
    await tokens.aclose()


@pytest.fixture
async def orders(shop: RunningShop, tokens: CommerceTokens) -> AsyncIterator[HttpOrderService]:
    orders = HttpOrderService(shop.url, tokens, timeout_seconds=10)
    yield orders
    await orders.aclose()


@pytest.fixture
async def gateway(shop: RunningShop, tokens: CommerceTokens) -> AsyncIterator[HttpPaymentGateway]:
    gateway = HttpPaymentGateway(shop.url, tokens, timeout_seconds=10)
    yield gateway
    await gateway.aclose()


def add_order(shop: RunningShop, order_id: str) -> str:
    text = ORDER % (order_id, order_id)
    shop.add_order(text, order_id)
    return text


async def test_an_order_is_read_as_the_shop_wrote_it(shop: RunningShop, orders: HttpOrderService) -> None:
    text = add_order(shop, "READ 1")
    assert await orders.get(shop.tenant, "READ 1") == text
    with pytest.raises(UnknownOrder):
        await orders.get(shop.tenant, "READ 2")


async def test_an_expired_token_is_renewed_unnoticed(shop: RunningShop, orders: HttpOrderService) -> None:
    add_order(shop, "TOKEN1")
    await orders.get(shop.tenant, "TOKEN1")
    shop.forget_tokens()
    assert await orders.get(shop.tenant, "TOKEN1")


async def test_a_search_goes_through_its_pages_the_oldest_order_first(
    shop: RunningShop, orders: HttpOrderService
) -> None:
    for number, day in ((3, 7), (1, 9), (5, 7), (2, 8), (4, 6)):
        created = {"id": f"PAGE{number}", "status": "CONFIRMED", "created": f"2026-02-0{day}T11:00:00.000Z"}
        shop.add_order(json.dumps(created), f"PAGE{number}")
    q = "id:(PAGE1,PAGE2,PAGE3,PAGE4,PAGE5) status:CONFIRMED"
    pages = [await orders.search(shop.tenant, q, page_number=number, page_size=2) for number in (1, 2, 3, 4)]
    assert [[order.order_id for order in page.orders] for page in pages] == [
        ["PAGE4", "PAGE3"],
        ["PAGE5", "PAGE2"],
        ["PAGE1"],
        [],
    ]
    assert {page.total for page in pages} == {5}


async def test_the_invoice_is_noted_on_the_order_once(shop: RunningShop, orders: HttpOrderService) -> None:
    """The first report saves reading the order, the second one finds that it has changed and is left alone."""
    add_order(shop, "NOTE1")
    text = await orders.get(shop.tenant, "NOTE1")
    for _ in range(2):
        await orders.report_invoice(shop.tenant, "NOTE1", "2026-0001", "https://invoices.example/1", read_before=text)
    order = shop.order("NOTE1")
    assert order["mixins"]["invoice"] == {"invoiceNo": "2026-0001", "invoiceDocument": "https://invoices.example/1"}
    assert json.dumps(order["metadata"], default=int) == '{"version": 4}'


async def test_money_is_captured_to_the_cent(shop: RunningShop, gateway: HttpPaymentGateway) -> None:
    add_order(shop, "PAY1")
    result = await gateway.capture(shop.tenant, "tx-PAY1", Decimal("288.95"), "EUR", "pay-1")
    found = await gateway.find_capture(shop.tenant, "tx-PAY1")
    assert result.successful
    assert found == result
    assert shop.captures("PAY1") == [(Decimal("288.95"), "EUR")]


async def test_a_declined_capture_captures_nothing(shop: RunningShop, gateway: HttpPaymentGateway) -> None:
    add_order(shop, "PAY2")
    shop.decline("tx-PAY2", "Insufficient funds")
    result = await gateway.capture(shop.tenant, "tx-PAY2", Decimal(10), "EUR", "pay-2")
    assert (result.successful, result.message) == (False, "Insufficient funds")
    assert await gateway.find_capture(shop.tenant, "tx-PAY2") is None


@pytest.mark.parametrize("kind", ["cut_after", "garbage", "status"])
async def test_a_capture_whose_answer_is_lost_can_be_found(
    shop: RunningShop, gateway: HttpPaymentGateway, kind: str
) -> None:
    order_id = f"LOST-{kind}"
    add_order(shop, order_id)
    match kind:
        case "cut_after":
            shop.fault(f"tx-{order_id}/capture", "cut_after")
        case "garbage":
            shop.fault(f"tx-{order_id}/capture", "garbage", effect=True)
        case _:
            shop.fault(f"tx-{order_id}/capture", "status", status=502, effect=True)
    with pytest.raises(OutcomeUnknown):
        await gateway.capture(shop.tenant, f"tx-{order_id}", Decimal(10), "EUR", order_id)
    found = await gateway.find_capture(shop.tenant, f"tx-{order_id}")
    assert found is not None
    assert (found.amount, found.currency) == (Decimal(10), "EUR")
    assert shop.captures(order_id) == [(Decimal(10), "EUR")]


async def test_the_same_key_captures_once(shop: RunningShop, gateway: HttpPaymentGateway) -> None:
    add_order(shop, "PAY3")
    results = [await gateway.capture(shop.tenant, "tx-PAY3", Decimal(10), "EUR", "pay-3") for _ in range(2)]
    assert results[0] == results[1]
    assert shop.captures("PAY3") == [(Decimal(10), "EUR")]


async def test_a_refund_whose_answer_is_lost_is_found_among_equal_ones(
    shop: RunningShop, gateway: HttpPaymentGateway
) -> None:
    add_order(shop, "R1")
    captured = await gateway.capture("acme", "tx-R1", Decimal("288.95"), "EUR", "R1:capture")
    five = Refund("tx-R1", captured.capture_id or "", Decimal("5.00"), "EUR")
    first = await gateway.refund("acme", five, "credit-note/1:refund")
    shop.fault("POST .*/refund", "cut_after")
    with pytest.raises(OutcomeUnknown):
        await gateway.refund("acme", five, "credit-note/2:refund")
    second = await gateway.find_refund("acme", "tx-R1", ["credit-note/2:refund"])
    assert second is not None
    assert second.refund_id not in {None, first.refund_id}
    assert await gateway.find_refund("acme", "tx-R1", ["credit-note/3:refund"]) is None
    assert await gateway.refund("acme", five, "credit-note/2:refund") == second
    assert shop.refunds("R1") == [(Decimal("5.00"), "EUR")] * 2


async def test_a_closed_shop_is_waited_for(shop: RunningShop, orders: HttpOrderService) -> None:
    add_order(shop, "CLOSED1")
    with shop.unreachable(), pytest.raises(TransientFault, match="cannot be reached"):
        await orders.get(shop.tenant, "CLOSED1")
    assert await orders.get(shop.tenant, "CLOSED1")


@pytest.fixture(scope="module")
def sink(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningMailSink]:
    with running_mail_sink(tmp_path_factory.mktemp("mails"), login=Login("service", "secret")) as running:
        yield running


async def test_a_mail_reaches_the_sink(sink: RunningMailSink) -> None:
    mailer = SmtpMailer(SecretStr(sink.url), require_tls=False)
    await mailer.send(MAIL)
    [mail] = [kept for kept in sink.mails() if kept.message_id == MAIL.message_id]
    assert mail.recipients == MAIL.recipients
    assert mail.attachments == ("Rechnung 2026-0001.pdf",)


async def test_the_sinks_refusals_are_told_apart(sink: RunningMailSink) -> None:
    mailer = SmtpMailer(SecretStr(sink.url), require_tls=False)
    sink.refuse(r"max\.muster", 550)
    with pytest.raises(MailRefused):
        await mailer.send(MAIL)
    sink.refuse(r"max\.muster", 450)
    with pytest.raises(TransientFault):
        await mailer.send(MAIL)


async def test_the_folder_of_the_sink_holds_a_mail_whose_answer_was_lost(sink: RunningMailSink) -> None:
    before = len(sink.mails())
    sink.drop_after_data()
    with pytest.raises(TransientFault):
        await SmtpMailer(SecretStr(sink.url), require_tls=False).send(MAIL)
    assert len(sink.mails()) == before + 1


async def test_an_answer_that_comes_twice_is_nobody_elses(
    shop: RunningShop, orders: HttpOrderService, gateway: HttpPaymentGateway
) -> None:
    """Whoever asks next gets the answer to what was asked, not the repeat of the one before."""
    order_ids = [f"TWICE{number}" for number in range(10)]
    for order_id in order_ids:
        add_order(shop, order_id)
    shop.fault("GET|capture", "twice", times=None)
    for order_id in order_ids:
        assert json.loads(await orders.get(shop.tenant, order_id))["id"] == order_id
        result = await gateway.capture(shop.tenant, f"tx-{order_id}", Decimal(1), "EUR", order_id)
        assert [capture.capture_id for capture in shop.books(order_id).captures] == [result.capture_id]
    shop.clear_faults()


async def test_a_token_that_comes_twice_is_no_other_tenants(tmp_path: Path) -> None:
    names = ("acme", "globex", "initech")
    clients = tuple(ShopClient(client_id=name, secret=SecretStr("s"), tenant=name) for name in names)
    with running_shop(tmp_path, clients=clients) as shop:
        shop.fault("oauth", "twice", times=None)
        tokens = CommerceTokens(shop.token_url, {name: Client(name, SecretStr("s")) for name in names}, 10)
        for name in names:
            token = await tokens.get(name)
            assert token is not None
            assert shop.shop.desk.tenant_of(f"Bearer {token.get_secret_value()}") == name
        await tokens.aclose()
