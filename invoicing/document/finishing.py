"""The last touch before a document is issued: its look, its structured forms, and the seller's terms for them.

All of it is copied into the document; what the tenant changes afterwards is for later documents.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from invoicing.configuration.document_settings import (
    DocumentSettings,
    EInvoiceSettings,
    UblFor,
    UblProfile,
    document_settings,
    look_of,
)
from invoicing.document_forms import DocumentForm, Electronic, MissingTerm
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import Invoice, InvoiceKind, Seller
from invoicing.look import TemplateRef
from invoicing.site import Json, read_site, seller_of

UBL_OF = {UblProfile.PEPPOL: DocumentForm.UBL, UblProfile.XRECHNUNG: DocumentForm.XRECHNUNG}
MOST_TOLD = 10
"""Terms that one sentence names; it ends in the order's history."""
MOST_KEPT = 100
"""Terms that a document keeps: ten thousand lines may lack the same one."""
TOGETHER = (
    ("tax_id",),
    ("tax_number",),
    ("registration_id", "registration_scheme"),
    ("peppol_id",),
    ("contact",),
    ("phone",),
    ("email",),
    ("iban", "bic", "account_holder"),
)
"""The seller's terms; what follows the first of a group says more of it."""


class ElectronicIncomplete(ValueError):
    """A structured form that the tenant insists on cannot be made; `missing` is all that it lacks."""

    def __init__(self, missing: tuple[MissingTerm, ...]) -> None:
        told = [sentence_of(term) for term in missing[:MOST_TOLD]]
        more = [f"and {len(missing) - MOST_TOLD} more"] if len(missing) > MOST_TOLD else []
        super().__init__("the electronic invoice is incomplete: " + "; ".join([*told, *more]))
        self.missing = missing


@dataclass(frozen=True)
class Finish:
    """What a tenant has decided of the documents of one site."""

    settings: DocumentSettings
    seller: Seller
    """As the site and the settings have it now."""
    template: TemplateRef | None = None

    def finished(self, invoice: Invoice) -> Invoice:
        """The document with its look and its forms. A seller that was copied long ago gets the terms it lacks."""
        pictured = invoice if self.settings.line_images else _without_pictures(invoice)
        complete = pictured.model_copy(
            update={
                "due_date": invoice.due_date or _due_date(invoice, self.settings.payment_days),
                "seller": completed_seller(invoice.seller, self.seller),
                "look": look_of(self.settings, self.template),
            }
        )
        return complete.model_copy(update={"electronic": electronic_of(complete, self.settings.e_invoice)})

    def require_complete(self, invoice: Invoice) -> None:
        """Judge a document before it gets a number.

        Parties and terms of a credit note are its invoice's: it is refused only for what can be mended, the seller's
        terms. To refuse it for others would leave the invoice standing for ever.

        Raises:
            ElectronicIncomplete: a form is missing, and the tenant wants no documents without.
        """
        if not self.settings.e_invoice.blocks:
            return
        electronic = self.finished(invoice).electronic
        missing = electronic.missing if electronic else ()
        is_hopeless = invoice.kind is InvoiceKind.CREDIT_NOTE and not any(map(_is_the_sellers, missing))
        if missing and not is_hopeless:
            raise ElectronicIncomplete(missing)


def finish_of(configured: object, site: Json, template: TemplateRef | None = None) -> Finish:
    """What is decided by the configuration `invoiceDocument`, the site's mixins and the active template."""
    settings = document_settings(configured, site)
    own = {name: value for name, value in settings.seller.model_dump().items() if value is not None}
    return Finish(settings, seller_of(read_site(site)).model_copy(update=own), template)


def completed_seller(seller: Seller, now: Seller) -> Seller:
    """The seller with what it lacks and has now; what it has, it keeps."""
    added: dict[str, object] = {}
    for group in TOGETHER:
        if getattr(seller, group[0]) in {None, getattr(now, group[0])}:
            added |= {name: getattr(now, name) for name in group if getattr(seller, name) is None}
    if not seller.address.country and now.address.country:
        added["address"] = now.address
    return seller.model_copy(update=added)


def electronic_of(invoice: Invoice, settings: EInvoiceSettings) -> Electronic:
    """Which forms are made of the document, and why others that are wanted are not."""
    wanted = wanted_forms(invoice, settings)
    lacking = {form: missing_terms(invoice, form) for form in wanted}
    missing = dict.fromkeys(term for terms in lacking.values() for term in terms)
    forms = tuple(form for form in wanted if not lacking[form])
    return Electronic(wanted=wanted, forms=forms, missing=tuple(missing)[:MOST_KEPT])


def wanted_forms(invoice: Invoice, settings: EInvoiceSettings) -> tuple[DocumentForm, ...]:
    """The forms that the settings ask for.

    An opening invoice has none: it was issued elsewhere, and in a structured form it would be issued twice.
    """
    return () if invoice.is_opening else tuple(_wanted(invoice, settings))


def ubl_form_of(invoice: Invoice) -> DocumentForm:
    """In which UBL the document was issued, or would be where nobody asked for one."""
    made = invoice.electronic.wanted if invoice.electronic else ()
    return DocumentForm.XRECHNUNG if DocumentForm.XRECHNUNG in made else DocumentForm.UBL


def sentence_of(term: MissingTerm) -> str:
    """What is missing, with its number and the rule that asks for it."""
    return f"{term.message} ({term.term}, {term.rule})"


def _wanted(invoice: Invoice, settings: EInvoiceSettings) -> Iterable[DocumentForm]:
    if settings.embeds:
        yield DocumentForm.CII
    ubl_for = settings.ubl or UblFor.PEPPOL_BUYERS
    if ubl_for is UblFor.ALWAYS or (ubl_for is UblFor.PEPPOL_BUYERS and invoice.buyer.peppol_id):
        yield UBL_OF[settings.profile or UblProfile.PEPPOL]


def _due_date(invoice: Invoice, days: int | None) -> date | None:
    """By the tenant's usual time for payment, where something is to be paid and nobody has said when."""
    is_open = invoice.kind is InvoiceKind.INVOICE and invoice.totals.payable > 0 and not invoice.payment_terms
    return invoice.issue_date + timedelta(days=days) if is_open and days is not None else None


def _is_the_sellers(term: MissingTerm) -> bool:
    return term.field.startswith("seller.")


def _without_pictures(invoice: Invoice) -> Invoice:
    if all(line.image_url is None for line in invoice.lines):
        return invoice
    lines = tuple(line.model_copy(update={"image_url": None}) for line in invoice.lines)
    return invoice.model_copy(update={"lines": lines})
