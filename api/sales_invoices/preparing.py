"""A sales invoice before it is stored: what it refers to is looked up, figures are computed, faults told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from api.errors.api_error import ApiError, Detail
from api.sales_invoices.bodies import SalesInvoiceBody
from api.sales_invoices.checks import difference_fault, faults_of, opening_faults
from api.sales_invoices.drafting import Computed, FigureFault, compute
from api.sales_invoices.lookups import Known, Reader
from api.sales_invoices.stated_figures import stated_of
from database.issuing import SALES_SERIES
from database.tables import Contact, SalesInvoice
from invoicing.sales.payment_terms import UnknownPaymentTerm, due_date, parse_payment_term
from invoicing.sales.stated_figures import differences

NOT_CREATED = "Sales invoice could not be created due to insufficient data."
NO_SITE = "No site is configured: an invoice needs one, it names the seller"


@dataclass(frozen=True)
class Wanted:
    """One invoice to store."""

    body: SalesInvoiceBody
    is_issued: bool
    draft: SalesInvoice | None = None
    """The draft that it replaces or that it issues; the caller holds its lock."""


@dataclass(frozen=True)
class Prepared:
    """One invoice that can be stored."""

    wanted: Wanted
    known: Known
    contact: Contact
    computed: Computed | None
    """None: a draft without lines."""
    due_date: date | None
    schema_type: str


async def prepare(reader: Reader, wanted: Wanted) -> Prepared:
    """Look up, check and compute one invoice.

    Raises:
        ApiError: 400 naming every fault; 409, there is no site to issue it for.
    """
    prepared = await prepare_all(reader, [wanted])
    return prepared[0]


async def prepare_all(reader: Reader, batch: Sequence[Wanted], paths: Sequence[str] = ("",)) -> list[Prepared]:
    """As `prepare`, several; `paths` stand before the fields of each.

    Raises:
        ApiError: 400 naming every fault of all of them.
    """
    ready, faults = [], []
    for wanted, path in zip(batch, paths, strict=True):
        try:
            ready.append(await _prepare(reader, wanted))
        except _Faulty as error:
            faults += [Detail(fault.message, f"{path}{fault.field}") for fault in error.faults]
    if faults:
        raise ApiError(400, NOT_CREATED, details=faults)
    return ready


class _Faulty(Exception):
    def __init__(self, faults: Sequence[Detail]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


async def _prepare(reader: Reader, wanted: Wanted) -> Prepared:
    body = wanted.body
    known = await reader.known(body, body.contact_code, body.site_code)
    due = body.sales_invoice_due_date or _due_by_term(body, known.contact)
    schema_type = await reader.series(body.sequence_format)
    faults = list(faults_of(body, known, is_issued=wanted.is_issued))
    if schema_type is None:
        faults.append(Detail("names no active series that invoices may be numbered from", "sequenceFormat"))
    if wanted.is_issued and due is None:
        faults.append(Detail("is required: the contact has no payment term that it follows from", _DUE))
    if body.opening_invoice and wanted.is_issued:
        faults += opening_faults(body, await reader.book_beginning())
    if faults or known.contact is None:
        raise _Faulty(faults)
    if wanted.is_issued and known.site is None:
        raise ApiError(409, NO_SITE, field="siteCode")
    computed = _computed(wanted, known)
    return Prepared(wanted, known, known.contact, computed, due, schema_type or SALES_SERIES)


def _computed(wanted: Wanted, known: Known) -> Computed | None:
    body = wanted.body
    if not wanted.is_issued and not body.items and not (body.opening_invoice and body.total_amount):
        return None
    try:
        computed = compute(body, known.surroundings(body.sales_invoice_date))
    except FigureFault as error:
        raise _Faulty([Detail(error.problem, error.field)]) from error
    differing = [
        difference_fault(one, body.currency) for one in differences(stated_of(body, computed.draft), computed.figures)
    ]
    if differing:
        raise _Faulty(differing)
    return computed


def _due_by_term(body: SalesInvoiceBody, contact: Contact | None) -> date | None:
    """By the contact's payment term, None where it has none."""
    try:
        code = contact.body.get("paymentTermCode") if contact else None
        return due_date(body.sales_invoice_date, parse_payment_term(str(code))) if code else None
    except UnknownPaymentTerm:
        return None


_DUE = "salesInvoiceDueDate"
