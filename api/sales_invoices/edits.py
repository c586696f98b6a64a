"""What may still be done to a sales invoice by its id: memo and attachments, and deleting drafts (Deskera B.2).

Where the vendor's documents leave it open:

- PATCH changes memo and attachments, of drafts and issued invoices alike, and nothing else. Its body may hold the whole
  invoice as it was read; a member that says something else than the invoice is refused by its name, so that nobody
  believes to have changed a figure. Members that no invoice has are ignored.
- null names nothing, as for contacts; an empty memo takes the memo away. `PUT /v1/invoices/sales/memo` is about the
  memo alone: there null takes it away too.
- `attachmentIds` are all that the invoice shall have. What is with an issued invoice stays with it.
- A memo is the invoice's note for its users. The issued document, and whatever is printed of it, keeps its own.
- Deleting an issued invoice is refused with 400, which the vendor's client knows (B.6), and says what to do instead.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from litestar import Controller, Request, Response, delete, patch, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT
from pydantic import ConfigDict, Field, RootModel, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import DeskeraModel, Json, Text, answer
from api.errors.api_error import ApiError, Detail
from api.requests.request_bodies import WholeNumber
from api.sales_invoices.answers import answers
from api.security.access import INVOICE_MANAGE, Access
from database import attachments, audit, sales_invoices
from database.attachments import LARGEST_ID, UnknownAttachment
from database.audit import Deed
from database.tables import SalesInvoice
from invoicing.sales.balance import InvoiceStatus

MOST_IDS = 1000
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}
NO_SUCH_ID = "Sales Invoice with given id not found."
NO_SUCH_CODE = "Sales invoice not found."
NEVER_DELETED = "An issued invoice is never deleted: credit it"

Id = Annotated[WholeNumber, Field(ge=0, le=LARGEST_ID)]


class SalesInvoicePatch(DeskeraModel):
    """What PATCH takes; the other members of an invoice may stand beside it as they are."""

    model_config = ConfigDict(extra="allow")

    memo: Text | None = None
    attachment_ids: tuple[Id, ...] | None = None
    attachments: tuple[Text, ...] | None = None
    """Names or addresses of files that are kept elsewhere."""


class MemoBody(DeskeraModel):
    """`PUT /v1/invoices/sales/memo`."""

    code: Text
    memo: Text | None


class Ids(RootModel[tuple[Id, ...]]):
    """`[1, 2]`, or `{"ids": [1, 2]}`."""

    root: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MOST_IDS)]

    @model_validator(mode="before")
    @classmethod
    def _inner(cls, value: object) -> object:
        return value.get("ids") if isinstance(value, Mapping) else value


class SalesInvoiceEditController(Controller):
    """Memo, attachments, deletion."""

    path = "/v1/invoices/sales"
    tags = ["Sales invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @patch("/{sales_invoice_id:int}", operation_id="patchSalesInvoice", summary="Change memo, attachments", opt=WRITE)
    async def patch_by_id(
        self,
        request: Request[Any, Any, Any],
        sales_invoice_id: FromPath[int],
        data: JSONBody[SalesInvoicePatch],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """Of a draft or an issued invoice; the document that was issued stays as it is."""
        _require_id(request)
        row = await sales_invoices.lock(session, access.tenant, sales_invoice_id)
        if row is None:
            raise ApiError(404, NO_SUCH_ID)
        return await patched(session, access, row, data)

    @patch(
        "/code/{number:path}",
        operation_id="patchSalesInvoiceByCode",
        summary="Change memo, attachments by number",
        opt=WRITE,
    )
    async def patch_by_code(
        self,
        number: FromPath[str],
        data: JSONBody[SalesInvoicePatch],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """The same by the invoice's number, or a draft's `salesInvoiceCode`."""
        # Not `code`, as reading names it: Litestar 2 wants all methods of one and the same path in one controller.
        return await patched(
            session, access, await _locked_by_code(session, access.tenant, number.removeprefix("/")), data
        )

    @put("/memo", operation_id="setSalesInvoiceMemo", summary="Change the memo", opt=WRITE)
    async def set_memo(
        self,
        data: JSONBody[MemoBody],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """Of the invoice of that number, or of a draft by its `salesInvoiceCode`."""
        row = await _locked_by_code(session, access.tenant, data.code)
        if _set_memo(row, data.memo):
            await _note(session, access, row, changed="memo")
        return answer((await answers(session, access.tenant, [row]))[0])

    @delete("/{sales_invoice_id:int}", operation_id="deleteSalesInvoice", summary="Delete a draft", opt=WRITE)
    async def delete_one(
        self,
        request: Request[Any, Any, Any],
        sales_invoice_id: FromPath[int],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> None:
        """Its attachments belong to nothing again."""
        _require_id(request)
        await _delete(session, access, (sales_invoice_id,))

    @delete(
        "/bulk-delete",
        operation_id="deleteSalesInvoices",
        summary="Delete drafts",
        opt=WRITE,
        status_code=HTTP_204_NO_CONTENT,
    )
    async def delete_many(
        self,
        data: JSONBody[Ids],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> None:
        """All of them or none."""
        await _delete(session, access, data.root)


async def _delete(session: AsyncSession, access: Access, ids: Sequence[int]) -> None:
    unique = sorted(set(ids))
    rows = {each: await sales_invoices.lock(session, access.tenant, each) for each in unique}
    unknown = [str(each) for each, row in rows.items() if row is None]
    if unknown:
        raise ApiError(404, NO_SUCH_ID, details=[Detail(f"There is no sales invoice {each}", "id") for each in unknown])
    found = [row for row in rows.values() if row is not None]
    issued = [row.code for row in found if row.status != InvoiceStatus.DRAFT]
    if issued:
        details = [Detail(f"{code} was issued", "id") for code in issued]
        raise ApiError(400, NEVER_DELETED, details=details)
    for row in found:
        await audit.record(session, access.tenant, _deed(access, "delete", row))
        await sales_invoices.delete_draft(session, row)


async def patched(session: AsyncSession, access: Access, row: SalesInvoice, data: SalesInvoicePatch) -> Response[bytes]:
    """Change what the body names, and answer with the invoice. The caller holds its lock.

    Raises:
        ApiError: 400, another member says something else than the invoice, or an attachment cannot come or go.
    """
    """Change memo and attachments; the caller holds the row's lock.

    Raises:
        ApiError: 400, another member says something else than the invoice, or an attachment cannot be had.
    """
    shown = (await answers(session, access.tenant, [row]))[0]
    _refuse_other_changes(shown, data.model_extra or {})
    changed = []
    if data.memo is not None and _set_memo(row, data.memo):
        changed.append("memo")
    if data.attachments is not None and list(data.attachments) != (row.details.get("attachments") or []):
        row.details = {**row.details, "attachments": list(data.attachments)}
        changed.append("attachments")
    attached, detached = await _set_attachments(session, row, data.attachment_ids)
    if changed or attached or detached:
        await _note(
            session,
            access,
            row,
            changed=", ".join(changed) or None,
            attached=_listed(attached),
            detached=_listed(detached),
        )
    return answer((await answers(session, access.tenant, [row]))[0])


def _require_id(request: Request[Any, Any, Any]) -> None:
    """`7` is an id, `0000007` somebody's invoice number: it must not change or delete what has the id 7.

    Raises:
        ApiError: 404.
    """
    if request.url.path.rstrip("/").rpartition("/")[2].startswith("0"):
        raise ApiError(404, NO_SUCH_ID)


def _set_memo(row: SalesInvoice, memo: str | None) -> bool:
    """Whether that changed it. A draft's is part of the request that it keeps."""
    wanted = memo or None
    if row.memo == wanted:
        return False
    row.memo = wanted
    if row.status == InvoiceStatus.DRAFT and "memo" in row.details:
        row.details = {**row.details, "memo": wanted}
    return True


async def _set_attachments(
    session: AsyncSession, row: SalesInvoice, wanted: Sequence[int] | None
) -> tuple[list[int], list[int]]:
    """Which attachments came to the invoice and which left it; None leaves them as they are."""
    if wanted is None:
        return [], []
    present = [file.id for file in (await attachments.of_invoices(session, row.tenant, [row.id])).get(row.id, [])]
    new, gone = sorted(set(wanted) - set(present)), [each for each in present if each not in wanted]
    if gone and row.status != InvoiceStatus.DRAFT:
        reason = f"What is attached to an issued invoice stays with it: {_listed(gone)} missing"
        raise ApiError(400, reason, field="attachmentIds")
    try:
        await attachments.attach(session, row.tenant, row.id, new)
    except UnknownAttachment as error:
        raise ApiError(400, str(error), field="attachmentIds") from None
    await attachments.detach(session, row.tenant, row.id, gone)
    return new, gone


def _refuse_other_changes(shown: Json, others: Mapping[str, object]) -> None:
    faults = [
        Detail("cannot be changed by PATCH, which changes memo and attachments only", name)
        for name, value in others.items()
        if name in shown and not _says_the_same(value, shown[name])
    ]
    if faults:
        raise ApiError(400, "Only memo and attachments of a sales invoice can be changed by PATCH", details=faults)


def _says_the_same(sent: object, shown: object) -> bool:
    """Whether what was sent is what the invoice says; null says nothing, and numbers may come as text (B.3)."""
    match sent, shown:
        case None, _:
            return True
        case Mapping(), Mapping():
            return all(name not in shown or _says_the_same(value, shown[name]) for name, value in sent.items())
        case list(), list():
            return len(sent) == len(shown) and all(map(_says_the_same, sent, shown))
        case str(), Decimal():
            return _is_number(sent, shown)
    return sent == shown


def _is_number(text: str, number: Decimal) -> bool:
    try:
        return Decimal(text) == number
    except InvalidOperation:
        return False


async def _locked_by_code(session: AsyncSession, tenant: str, code: str) -> SalesInvoice:
    found = await sales_invoices.find(session, tenant, code)
    row = await sales_invoices.lock(session, tenant, found.id) if found else None
    if row is None:
        raise ApiError(404, NO_SUCH_CODE)
    return row


async def _note(session: AsyncSession, access: Access, row: SalesInvoice, **detail: str | None) -> None:
    deed = _deed(access, "change", row)
    await sales_invoices.touch(session, row, deed.actor)
    told: dict[str, Any] = {name: value for name, value in detail.items() if value}
    await audit.record(session, access.tenant, deed, **told)


def _deed(access: Access, action: str, row: SalesInvoice) -> Deed:
    return Deed(f"client:{access.client_id}", action, f"sales-invoice/{row.code}")


def _listed(ids: Sequence[int]) -> str:
    return ", ".join(map(str, ids))
