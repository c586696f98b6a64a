"""What is wrong with the request of a sales invoice beside its members' types: all faults at once (Deskera B.6)."""

import re
from collections.abc import Iterator
from datetime import date

from api.deskera import print_date
from api.errors.api_error import Detail
from api.sales_invoices.bodies import SalesInvoiceBody
from api.sales_invoices.drafting import tax_faults
from api.sales_invoices.lookups import Known
from invoicing.money import UnsupportedCurrency, minor_unit
from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.stated_figures import Difference

NUMBER = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
"""A number is one line: it stands in file names and mail subjects."""
DRAFT_CODE = "DRAFT-"
CLOSED = "cannot be CLOSED: an invoice is closed by what settles it"


def faults_of(body: SalesInvoiceBody, known: Known, *, is_issued: bool) -> Iterator[Detail]:
    """Faults of any request, and those of one that is to be issued."""
    yield from _currency(body)
    yield from _references(body, known)
    yield from tax_faults(body, known.taxes)
    yield from _dates(body)
    yield from _recurrence(body)
    yield from _discount(body)
    if body.status is InvoiceStatus.CLOSED:
        yield Detail(CLOSED, "status")
    if is_issued and not body.items and not body.opening_invoice:
        yield Detail("is required: an invoice has a line (EN 16931 BR-16)", "salesInvoiceItems")


def opening_faults(body: SalesInvoiceBody, book_beginning: date | None) -> Iterator[Detail]:
    """What an opening invoice lacks (B.6); its messages are the vendor's."""
    if body.tax_amount is None:
        yield Detail("Tax amount is mandatory for opening invoices.", "taxAmount")
    number = opening_number(body)
    if number is None:
        yield Detail("is required: an opening invoice keeps its number", "openingDocumentNumber")
    elif not NUMBER.fullmatch(number) or number.startswith(DRAFT_CODE):
        yield Detail("must be one line of at most 100 characters, and none that drafts have", "openingDocumentNumber")
    if book_beginning is None:
        yield Detail("Book beginning date is not available.", "salesInvoiceDate")
    elif body.sales_invoice_date >= book_beginning:
        words = f"Opening invoice date should be prior to book beginning date {print_date(book_beginning)}"
        yield Detail(words, "salesInvoiceDate")


def opening_number(body: SalesInvoiceBody) -> str | None:
    """The number that an opening invoice has in the books before."""
    number = (body.opening_document_number or body.document_sequence_code or "").strip()
    return number or None


def difference_fault(difference: Difference, currency: str) -> Detail:
    """Both figures in one sentence."""
    words = f"is stated as {difference.stated:f} {currency}, the invoice comes to {difference.computed:f} {currency}"
    return Detail(words, difference.field)


def _currency(body: SalesInvoiceBody) -> Iterator[Detail]:
    try:
        minor_unit(body.currency)
    except UnsupportedCurrency as error:
        yield Detail(str(error), "currency")


def _references(body: SalesInvoiceBody, known: Known) -> Iterator[Detail]:
    if known.contact is None:
        yield Detail(f"there is no contact of the code {body.contact_code!r}", "contactCode")
    if body.site_code is not None and known.site is None:
        yield Detail(f"there is no site of the code {body.site_code!r}", "siteCode")
    for i, item in enumerate(body.items):
        if item.product_code not in known.product_names and not (item.product_description or "").strip():
            words = f"there is no product of the code {item.product_code!r}: create it, or state a productDescription"
            yield Detail(words, f"salesInvoiceItems.{i}.productCode")


def _dates(body: SalesInvoiceBody) -> Iterator[Detail]:
    due = body.sales_invoice_due_date
    if due is not None and due < body.sales_invoice_date:
        yield Detail("must not be before salesInvoiceDate", "salesInvoiceDueDate")


def _recurrence(body: SalesInvoiceBody) -> Iterator[Detail]:
    schedule = body.sales_invoice_recurring
    if body.recurring and schedule is None:
        yield Detail("is required where recurring is true", "salesInvoiceRecurring")
    if schedule is not None and schedule.recurrence_end_date < body.sales_invoice_date:
        yield Detail("must not be before salesInvoiceDate", "salesInvoiceRecurring.recurrenceEndDate")


def _discount(body: SalesInvoiceBody) -> Iterator[Detail]:
    """A percentage of the lines and of charges beside them is no allowance that could be told from one of the lines."""
    has_charges = body.charges or (body.additional_charges and body.additional_charges.additional_charges_details)
    for path, discount in body.discounts:
        if has_charges and discount.is_percent and discount.is_sub_total_only is False:
            yield Detail("must be true: a percentage is one of the lines, not of the charges", f"{path}.isSubTotalOnly")
