"""What a run has left behind: in the third parties' books, and in the service's database, API and store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from demo.mail_sink.mailbox import Mail
from demo.service_bodies import JobOrder, JobView
from tests.chaos.workload import PlannedJob


@dataclass(frozen=True)
class CaptureSeen:
    """Money taken, by the gateway's own books."""

    tenant: str
    order_id: str
    amount: Decimal
    currency: str


@dataclass(frozen=True)
class InvoiceSeen:
    """An issued invoice in the database, and where its PDF lies."""

    id: str
    tenant: str
    order_id: str
    number: str
    counter: int
    total: Decimal
    currency: str
    pdf_key: str | None
    pdf_sha256: str | None


@dataclass(frozen=True)
class PdfSeen:
    """A file of the document store: the digest of its content, and its text where it was read."""

    sha256: str | None
    text: str | None = None
    was_read: bool = False


@dataclass(frozen=True)
class JobSeen:
    """A job as its client sees it at the end; `view` is None where it never came into being."""

    planned: PlannedJob
    view: JobView | None
    orders: Sequence[JobOrder] = ()
    trouble: str | None = None


@dataclass(frozen=True)
class Evidence:
    """All of it.

    Attributes:
        drawn: counters of every number that was drawn, by tenant.
        pdfs: by key.
        told: (tenant, order id) to the invoice number that the shop's order carries.
        open_workflows: those that still run, in a word or two each.
        failing_workflows: those whose workflow task fails again and again.
        verified: what `invoices verify` says by tenant; None: clean.
        holds: (tenant, order id, reason) of every order that was seen on hold.
        bystander: what was found of the tenant that asked for nothing; empty is right.
    """

    jobs: Sequence[JobSeen]
    invoices: Sequence[InvoiceSeen]
    drawn: Mapping[str, Sequence[int]]
    captures: Sequence[CaptureSeen]
    refunds: int
    mails: Sequence[Mail]
    pdfs: Mapping[str, PdfSeen]
    told: Mapping[tuple[str, str], str | None]
    open_workflows: Sequence[str] = ()
    failing_workflows: Sequence[str] = ()
    verified: Mapping[str, str | None] = field(default_factory=dict)
    holds: frozenset[tuple[str, str, str]] = frozenset()
    bystander: Sequence[str] = ()
