"""The outside world, written by hand, so that a worker can die at any point of a talk with it."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from documents.request import Picture, Pictures, PrintRequest
from integrations.logo_image import LogoImage, LogoUnusable
from integrations.mail import OutgoingMail
from integrations.order_service import OrderPage, UnknownOrder
from integrations.payment_gateway import CaptureResult, OutcomeUnknown, Refund, RefundResult, ShownRefund
from invoicing.document_forms import DocumentForm

Moment = Literal["before", "after"]
"""Relative to the effect."""


class Killed(BaseException):
    """The worker dies here: nothing after this point runs, not even an `except Exception`."""


@dataclass
class GatewayFake:
    """Charges and gives back; the same key does so once, as a gateway promises. `dies_at`, `loses_answer`: once."""

    dies_at: Moment | None = None
    loses_answer: bool = False
    declines: bool = False
    forgets: bool = False
    """Knows nothing of earlier captures, as right after them."""
    shows_keys: bool = True
    """Whether the entries of refunds carry their keys."""
    gives_names: bool = True
    """Whether the answer to a capture names it; its entry does."""
    forgets_keys: bool = False
    """Answers a repeated key as if it were new."""
    made_elsewhere: list[ShownRefund] = field(default_factory=list)
    charged: list[tuple[str, Decimal, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Of every request to capture."""
    questions: int = 0
    refunded: list[Refund] = field(default_factory=list)
    _by_key: dict[str, CaptureResult] = field(default_factory=dict)
    _refunds_by_key: dict[str, RefundResult] = field(default_factory=dict)

    async def capture(
        self, tenant: str, transaction_id: str, amount: Decimal, currency: str, idempotency_key: str
    ) -> CaptureResult:
        self._die("before")
        self.keys.append(idempotency_key)
        result = self._by_key.get(idempotency_key) or self._charge(transaction_id, amount, currency)
        self._by_key[idempotency_key] = result
        self._die("after")
        if self.loses_answer:
            self.loses_answer = False
            raise OutcomeUnknown("no answer")
        return result if self.gives_names else replace(result, capture_id=None)

    async def find_capture(self, tenant: str, transaction_id: str) -> CaptureResult | None:
        found = await self.list_captures(tenant, transaction_id)
        return found[-1] if found else None

    async def list_captures(self, tenant: str, transaction_id: str) -> list[CaptureResult]:
        self.questions += 1
        return [] if self.forgets else [result for result in self._by_key.values() if result.successful]

    async def refund(self, tenant: str, refund: Refund, idempotency_key: str) -> RefundResult:
        self._die("before")
        self.keys.append(idempotency_key)
        known = None if self.forgets_keys else self._refunds_by_key.get(idempotency_key)
        result = known or self._give_back(refund)
        if result.successful or idempotency_key not in self._refunds_by_key:
            self._refunds_by_key[idempotency_key] = result
        self._die("after")
        if self.loses_answer:
            self.loses_answer = False
            raise OutcomeUnknown("no answer")
        return result

    async def find_refund(self, tenant: str, transaction_id: str, keys: Collection[str]) -> RefundResult | None:
        self.questions += 1
        found = [result for key, result in self._refunds_by_key.items() if key in keys and result.successful]
        return found[-1] if found and self.shows_keys and not self.forgets else None

    async def list_refunds(self, tenant: str, transaction_id: str) -> list[ShownRefund]:
        self.questions += 1
        made = [ShownRefund(f"R{n}", one.amount, one.currency) for n, one in enumerate(self.refunded, 1)]
        return [*made, *self.made_elsewhere]

    def _give_back(self, refund: Refund) -> RefundResult:
        if self.declines:
            return RefundResult(successful=False, message="Account closed")
        self.refunded.append(refund)
        return RefundResult(successful=True, refund_id=f"R{len(self.refunded)}")

    def _charge(self, transaction_id: str, amount: Decimal, currency: str) -> CaptureResult:
        if self.declines:
            return CaptureResult(successful=False, message="Insufficient funds")
        self.charged.append((transaction_id, amount, currency))
        return CaptureResult(successful=True, capture_id=f"C{len(self.charged)}", amount=amount, currency=currency)

    def _die(self, moment: Moment) -> None:
        if self.dies_at == moment:
            self.dies_at = None
            raise Killed


@dataclass
class MailerFake:
    """Takes mails; `dies_at` and `failure` strike once."""

    dies_at: Moment | None = None
    failure: Exception | None = None
    sent: list[OutgoingMail] = field(default_factory=list)

    async def send(self, mail: OutgoingMail) -> None:
        self._die("before")
        if self.failure:
            failure, self.failure = self.failure, None
            raise failure
        self.sent.append(mail)
        self._die("after")

    def _die(self, moment: Moment) -> None:
        if self.dies_at == moment:
            self.dies_at = None
            raise Killed


@dataclass
class ShopFake:
    """Orders by id, as JSON text."""

    orders: dict[str, str] = field(default_factory=dict)
    reads: int = 0
    reported: list[tuple[str, str]] = field(default_factory=list)
    read_before: str | None = None
    """What came along with the last report."""

    async def get(self, tenant: str, order_id: str) -> str:
        self.reads += 1
        if order_id not in self.orders:
            raise UnknownOrder(f"The shop has no order {order_id}.")
        return self.orders[order_id]

    async def search(self, tenant: str, q: str, *, page_number: int, page_size: int) -> OrderPage:
        raise NotImplementedError

    async def report_invoice(
        self, tenant: str, order_id: str, invoice_number: str, document_url: str, *, read_before: str | None = None
    ) -> None:
        self.reported.append((order_id, invoice_number))
        self.read_before = read_before


@dataclass
class RendererFake:
    """Stands in for `documents.renderer.PdfRenderer`: the same invoice is the same bytes."""

    failure: Exception | None = None
    rendered: list[tuple[PrintRequest, dict[str, Picture]]] = field(default_factory=list)

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        if self.failure:
            raise self.failure
        self.rendered.append((request, dict(pictures)))
        return {form: f"%{form}-1.7 {request.invoice.number}".encode() for form in request.forms}


@dataclass
class LogosFake:
    """One logo, or none that can be used."""

    image: LogoImage | None = None
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> LogoImage:
        self.asked.append(url)
        if self.image is None:
            raise LogoUnusable("The logo's server answered 404.")
        return self.image
