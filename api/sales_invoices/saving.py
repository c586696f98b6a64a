"""Storing sales invoices, as drafts or issued: one or several in one transaction, all or none.

Locks are taken in one order, so that nobody waits in a circle: drafts, then the counters of codes, then series in
order of their types (as `database.sequences` has it), then what attaching and fulfilling take. So several invoices are
saved step by step together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from api.documents.electronic import incomplete
from api.errors.api_error import ApiError, Detail
from api.outbox import Noted, noted
from api.sales_invoices.bodies import SalesInvoiceBody
from api.sales_invoices.checks import opening_number
from api.sales_invoices.details import Codes, details_of
from api.sales_invoices.parties import completed, parties_of
from api.sales_invoices.preparing import NO_SITE, NOT_CREATED, Prepared
from api.sales_invoices.stated_figures import stated_of
from api.security.access import Access
from contracts import starts
from contracts.sales_invoice import InvoiceRef, RecurringRef
from database import attachments, audit, codes, fulfillments, issuing, recurrences, sales_invoices
from database.attachments import UnknownAttachment
from database.audit import Deed
from database.invoices import NumberTaken
from database.issuing import Issue, Make, NumberToCome
from database.sales_invoices import DraftFigures, Entry
from database.sequences import NoActiveSchema
from database.tables import JsonObject, SalesInvoice
from invoicing.calculation import Figures
from invoicing.document.finishing import ElectronicIncomplete
from invoicing.invoice import Invoice
from invoicing.money import round_money
from invoicing.numbering import MissingPlaceholder, SeriesExhausted
from invoicing.rules.all_rules import RulesViolated
from invoicing.sales.items import sales_items
from invoicing.sales.sales_invoice import SalesDocument, SalesTerms, make_sales_invoice, sales_document
from invoicing.sales.stated_figures import tolerated
from invoicing.site import Site, read_site


@dataclass(frozen=True)
class Saved:
    """A stored invoice; `invoice` is None of a draft."""

    row: SalesInvoice
    invoice: Invoice | None


@dataclass(frozen=True)
class Saving:
    """Stores invoices of one tenant in the name of one actor."""

    session: AsyncSession
    tenant: str
    actor: str

    async def save(self, batch: Sequence[Prepared]) -> tuple[list[SalesInvoice], list[Noted]]:
        """Store them all; their rows in the order of `batch`, and the workflows to start after the commit.

        Raises:
            ApiError: 400, a rule of EN 16931 is violated, the electronic invoice is incomplete and the tenant issues
                none without, or an attachment is unknown; 409, there is no number to be
                had, or an opening invoice's is taken or has yet to be printed by a series.
        """
        drawn = await self._codes(batch)
        saved: dict[int, Saved] = {}
        for place in sorted(range(len(batch)), key=lambda place: batch[place].schema_type):
            saved[place] = await self._store(batch[place], drawn[place])
        begun: list[Noted] = []
        for place, prepared in enumerate(batch):
            begun += await self._complete(saved[place], prepared.wanted.body)
        return [saved[place].row for place in range(len(batch))], begun

    async def _codes(self, batch: Sequence[Prepared]) -> list[Codes]:
        """Items keep the codes that their draft gave them; the others get new ones."""
        kept = [list(_kept_codes(prepared)) for prepared in batch]
        fresh = sum(code is None for codes_of_one in kept for code in codes_of_one)
        issued = sum(prepared.wanted.is_issued for prepared in batch)
        items = iter(await codes.next_codes(self.session, self.tenant, codes.ITEM, fresh) if fresh else [])
        entries = iter(await codes.next_codes(self.session, self.tenant, codes.JOURNAL_ENTRY, issued) if issued else [])
        return [
            Codes([code or next(items) for code in own], next(entries) if prepared.wanted.is_issued else None)
            for prepared, own in zip(batch, kept, strict=True)
        ]

    async def _store(self, prepared: Prepared, drawn: Codes) -> Saved:
        if prepared.wanted.is_issued:
            return await self._issue(prepared, drawn)
        body, draft = prepared.wanted.body, prepared.wanted.draft
        figures = prepared.computed.figures if prepared.computed else None
        entry = self._entry(body, figures, drawn)
        if draft is None:
            draft = await sales_invoices.add_draft(self.session, self.tenant, entry, _draft_figures(prepared))
            await self.note("create", draft, **_noted(prepared))
        else:
            await sales_invoices.change_draft(self.session, draft, entry, _draft_figures(prepared))
            await self.note("change", draft, **_noted(prepared))
        return Saved(draft, None)

    async def _issue(self, prepared: Prepared, drawn: Codes) -> Saved:
        known, draft = prepared.known, prepared.wanted.draft
        if known.site is None or prepared.computed is None:
            raise ApiError(409, NO_SITE, field="siteCode")
        body = completed(prepared.wanted.body, prepared.contact)
        document = document_of(self.tenant, prepared, prepared.computed.figures, body, read_site(known.site.body))
        wanted = Issue(
            tenant=self.tenant,
            site=known.site.body,
            issue_date=body.sales_invoice_date,
            entry=self._entry(body, prepared.computed.figures, drawn),
            schema_type=prepared.schema_type,
            draft=draft,
            noted=_noted(prepared),
        )
        draft_code = draft.code if draft else None
        invoice = await _issued(self.session, wanted, partial(make_sales_invoice, document), body)
        if draft_code is not None:
            deed = Deed(self.actor, "issue", f"sales-invoice/{draft_code}")
            await audit.record(self.session, self.tenant, deed, number=invoice.number)
        row = await sales_invoices.find_by_invoice(self.session, self.tenant, invoice.id)
        if row is None:
            raise LookupError(f"invoice {invoice.id} has no sales invoice")
        return Saved(row, invoice)

    def _entry(self, body: SalesInvoiceBody, figures: Figures | None, drawn: Codes) -> Entry:
        return Entry(
            actor=self.actor,
            contact_code=body.contact_code,
            memo=body.memo,
            details=details_of(body, figures, drawn),
            recurring=body.recurring is True,
            recurring_activated=body.recurring is True and body.recurring_activated is True,
        )

    async def _complete(self, saved: Saved, body: SalesInvoiceBody) -> list[Noted]:
        """What follows from a stored invoice."""
        row, invoice = saved.row, saved.invoice
        if body.attachment_ids is not None:
            await self.attach(row, body.attachment_ids)
        await self._recur(row, body)
        if invoice is None:
            return []
        if body.fulfillment_complete:
            await fulfillments.fulfil_all(self.session, row, sales_items(row.details, invoice), self.actor)
        ref = InvoiceRef(tenant=self.tenant, invoice_id=invoice.id, number=invoice.number)
        begun = [await noted(self.session, self.tenant, starts.document_of(ref))]
        if row.recurring_activated:
            recurring = RecurringRef(tenant=self.tenant, sales_invoice_id=row.id)
            begun.append(await noted(self.session, self.tenant, starts.recurrence(recurring)))
        return begun

    async def attach(self, row: SalesInvoice, ids: Sequence[int]) -> None:
        """Leave the invoice with these attachments and no others. The caller holds its lock, or has just made it.

        Raises:
            ApiError: 400, one is unknown or belongs to another invoice.
        """
        held = (await attachments.of_invoices(self.session, self.tenant, [row.id])).get(row.id, [])
        await attachments.detach(self.session, self.tenant, row.id, {file.id for file in held} - set(ids))
        try:
            await attachments.attach(self.session, self.tenant, row.id, ids)
        except UnknownAttachment as error:
            raise ApiError(400, NOT_CREATED, details=[Detail(str(error), "attachmentIds")]) from error

    async def note(self, action: str, row: SalesInvoice, **detail: str | list[JsonObject]) -> None:
        """Write down what was done to the invoice."""
        await audit.record(self.session, self.tenant, Deed(self.actor, action, f"sales-invoice/{row.code}"), **detail)

    async def _recur(self, row: SalesInvoice, body: SalesInvoiceBody) -> None:
        wish = body.sales_invoice_recurring
        if wish is None:
            await recurrences.forget(self.session, self.tenant, row.id)
        else:
            await recurrences.save(self.session, self.tenant, row.id, wish.schedule)


def saving_for(session: AsyncSession, access: Access) -> Saving:
    """Stores in the caller's name."""
    return Saving(session, access.tenant, f"client:{access.client_id}")


def _kept_codes(prepared: Prepared) -> Iterator[str | None]:
    draft = prepared.wanted.draft
    items = (draft.details.get("salesInvoiceItems") or []) if draft else []
    held = {item["salesInvoiceItemCode"] for item in items}
    for item in prepared.wanted.body.items:
        code = item.sales_invoice_item_code
        if code in held:
            held.remove(code)
            yield code
        else:
            yield None


def _noted(prepared: Prepared) -> dict[str, list[JsonObject]]:
    """Stated figures that were let pass although the invoice comes to others."""
    if prepared.computed is None:
        return {}
    passed = tolerated(stated_of(prepared.wanted.body, prepared.computed.draft), prepared.computed.figures)
    return {"stated_otherwise": [one.model_dump(mode="json") for one in passed]} if passed else {}


def _draft_figures(prepared: Prepared) -> DraftFigures:
    body = prepared.wanted.body
    if prepared.computed is None:
        zero = round_money(Decimal(0), body.currency)
        return DraftFigures(
            currency=body.currency,
            invoice_date=body.sales_invoice_date,
            due_date=prepared.due_date,
            total=zero,
            tax=zero,
            total_in_base=None,
            prepaid=zero,
            withheld=zero,
        )
    figures = prepared.computed.figures
    return DraftFigures(
        currency=body.currency,
        invoice_date=body.sales_invoice_date,
        due_date=prepared.due_date,
        total=figures.totals.total,
        tax=figures.totals.tax,
        total_in_base=figures.exchange.total if figures.exchange else None,
        prepaid=figures.totals.paid,
        withheld=figures.withheld,
    )


def document_of(tenant: str, prepared: Prepared, figures: Figures, body: SalesInvoiceBody, site: Site) -> SalesDocument:
    """All of the invoice but its id and number. `body` is the completed request."""
    terms = SalesTerms(
        issue_date=body.sales_invoice_date,
        due_date=prepared.due_date,
        tax_point_date=body.tax_point_date,
        tax_point_code=body.tax_point_code,
        delivery_date=body.delivery_date,
        payment_terms=body.payment_terms,
        purchase_order_reference=body.purchase_order_ref_no,
        memo=body.memo,
        is_opening=body.opening_invoice is True,
    )
    return sales_document(tenant, site, parties_of(body, prepared.contact), terms, figures)


async def _issued(session: AsyncSession, wanted: Issue, make: Make, body: SalesInvoiceBody) -> Invoice:
    number = opening_number(body) if body.opening_invoice else None
    try:
        if number is not None:
            return await issuing.issue_opening(session, wanted, make, number)
        return await issuing.issue(session, wanted, make)
    except ElectronicIncomplete as error:
        raise incomplete(error) from error
    except RulesViolated as error:
        details = [Detail(violation.message, violation.rule) for violation in error.violations]
        raise ApiError(400, NOT_CREATED, details=details) from error
    except NumberTaken as error:
        raise ApiError(409, str(error), field="openingDocumentNumber" if number else "sequenceFormat") from error
    except NumberToCome as error:
        raise ApiError(409, str(error), field="openingDocumentNumber") from error
    except (NoActiveSchema, SeriesExhausted, MissingPlaceholder) as error:
        raise ApiError(409, str(error), field="sequenceFormat") from error
