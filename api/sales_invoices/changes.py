"""PUT of sales invoices (Deskera B.2): a draft is replaced or issued, an issued invoice keeps what it says."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import Json
from api.errors.api_error import ApiError, Detail
from api.outbox import Noted
from api.requests.request_bodies import read_body
from api.sales_invoices.answers import answers
from api.sales_invoices.bodies import SalesInvoiceBody
from api.sales_invoices.edits import NO_SUCH_ID, SalesInvoicePatch, patched
from api.sales_invoices.lookups import reader_for
from api.sales_invoices.preparing import Wanted, prepare_all
from api.sales_invoices.saving import saving_for
from api.security.access import Access
from api.services import ApiServices
from database import sales_invoices
from database.attachments import LARGEST_ID
from database.tables import SalesInvoice
from invoicing.sales.balance import InvoiceStatus

DRAFT_STAYS = "Sales invoice draft status cannot be changed after saving"
ISSUED = "An issued sales invoice keeps what it says, but for its memo and attachments: credit it"
STATED = ("totalAmount", "taxAmount", "dueAmount")
FOLLOWING = ("fulfillmentStatus", "fulfillmentComplete", "status", "draft", "documentSequenceCode", "id")
"""Members that say nothing about the document, or that are judged by themselves."""

Change = tuple[SalesInvoice, SalesInvoiceBody, Mapping[str, Any]]
"""A locked row, what it is to be, and the same as it was sent."""


async def changed_row(session: AsyncSession, tenant: str, name: str) -> SalesInvoice:
    """The row that a path names, locked: by its id, or by its code where no id is written like that.

    Raises:
        ApiError: 404.
    """
    is_id = name.isascii() and name.isdigit() and not name.startswith("0") and int(name) <= LARGEST_ID
    found = None if is_id else await sales_invoices.find(session, tenant, name)
    sales_invoice_id = int(name) if is_id else found.id if found else 0
    row = await sales_invoices.lock(session, tenant, sales_invoice_id)
    if row is None:
        raise ApiError(404, NO_SUCH_ID)
    return row


async def change(
    session: AsyncSession, access: Access, services: ApiServices, changes: Sequence[Change], *, is_bulk: bool = False
) -> tuple[list[Json], list[Noted]]:
    """Change them all or none; the answers in their order, and the workflows to start after the commit.

    Raises:
        ApiError: 400, one cannot be changed like that.
    """
    paths = [f"{i}." if is_bulk else "" for i in range(len(changes))]
    drafts = [i for i, (row, _, _) in enumerate(changes) if row.status == InvoiceStatus.DRAFT]
    for i, wish in enumerate(changes):
        if i not in drafts:
            await _amend(session, access, wish, paths[i])
    wanted = [Wanted(body, is_issued=_issues(body), draft=row) for row, body, _ in (changes[i] for i in drafts)]
    prepared = await prepare_all(reader_for(session, access, services), wanted, [paths[i] for i in drafts])
    _, begun = await saving_for(session, access).save(prepared)
    return await answers(session, access.tenant, [row for row, _, _ in changes]), begun


def _issues(body: SalesInvoiceBody) -> bool:
    """Only who says OPEN issues a draft: it cannot be undone."""
    return body.status is InvoiceStatus.OPEN and not body.wants_draft


async def _amend(session: AsyncSession, access: Access, wish: Change, path: str) -> None:
    """Memo and attachments of an issued invoice.

    Raises:
        ApiError: 400 naming each member that says something else than the invoice.
    """
    row, body, sent = wish
    if body.wants_draft:
        raise ApiError(400, DRAFT_STAYS, field=f"{path}{'draft' if body.draft else 'status'}")
    said = {name: value for name, value in _without_zeros(sent).items() if name not in FOLLOWING}
    try:
        await patched(session, access, row, read_body(SalesInvoicePatch, said, ISSUED))
    except ApiError as error:
        details = [Detail(detail.message, f"{path}{detail.field}") for detail in error.details]
        raise ApiError(error.status, ISSUED, details=details) from error


def _without_zeros(sent: Mapping[str, Any]) -> dict[str, Any]:
    """What is stated: a figure of zero states nothing."""
    said = {name: value for name, value in sent.items() if name not in STATED or not _is_zero(value)}
    items = said.get("salesInvoiceItems")
    if isinstance(items, list):
        said["salesInvoiceItems"] = [_without_zeros(item) if isinstance(item, Mapping) else item for item in items]
    return said


def _is_zero(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and not value
