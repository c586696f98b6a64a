"""Contacts (Deskera B.7): whom sales invoices go to.

Where the vendor's documents leave it open:

- Codes are assigned, names may repeat: two people may share one.
- PUT replaces the contact, but keeps status, customer and vendor where it does not name them; PATCH changes what it
  names, and null names nothing (the vendor's client sends null for what it does not mean to change).
- A contact is not deleted but made INACTIVE. Invoices keep the data that they were issued with.
"""

from litestar import Controller, Response, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, spring_page
from api.errors.api_error import ApiError
from api.neighbours.contact_bodies import (
    ContactBody,
    ContactContent,
    ContactMembers,
    ContactStatus,
    changed_members,
    contact_answer,
    new_content,
    patched_content,
    replaced_content,
)
from api.neighbours.neighbour_listing import ListRequest, provide_list_request
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import audit, contacts
from database.audit import Deed
from database.tables import Contact

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}


class ContactController(Controller):
    """Whom invoices go to."""

    path = "/v1/contacts"
    tags = ["Contacts"]  # noqa: RUF012 -- Litestar's own way to declare it
    dependencies = {"listed": Provide(provide_list_request)}  # noqa: RUF012

    @get(operation_id="listContacts", summary="List contacts", opt=READ)
    async def list_contacts(
        self,
        listed: NamedDependency[ListRequest],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """A page of them, the newest first."""
        listing = listed.listing(contacts.COLUMNS, tuple(ContactStatus))
        rows, total = await contacts.list_page(session, access.tenant, listing)
        owed = await contacts.owed_by(session, access.tenant, [row.code for row in rows])
        content = [contact_answer(row, owed) for row in rows]
        return answer(spring_page(content, page=listed.page, limit=listed.limit, total=total, is_sorted=True))

    @post(operation_id="createContact", summary="Create a contact", status_code=HTTP_201_CREATED, opt=WRITE)
    async def create(
        self,
        data: JSONBody[ContactBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Under the next code, `C-0000001`."""
        keyed = keyed_request(access.tenant, "createContact", idempotency_key, request_hash(data))
        code = await made_before(session, keyed)
        if code is None:
            content = new_content(data)
            row = await contacts.add(
                session, access.tenant, name=content.name, status=content.status, body=content.body
            )
            await audit.record(session, access.tenant, _deed(access, "create", row))
            await remember(session, keyed, row.code)
        else:
            row = _found(await contacts.find(session, access.tenant, code))
        return await _answer(session, row, HTTP_201_CREATED)

    @get("/{contact_id:int}", operation_id="getContact", summary="Read a contact", opt=READ)
    async def read(
        self, contact_id: FromPath[int], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its id."""
        return await _answer(session, _found(await contacts.get(session, access.tenant, contact_id)))

    @get("/code/{code:str}", operation_id="getContactByCode", summary="Read a contact by its code", opt=READ)
    async def read_by_code(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its code, `C-0000001`."""
        return await _answer(session, _found(await contacts.find(session, access.tenant, code)))

    @put("/{contact_id:int}", operation_id="replaceContact", summary="Replace a contact", opt=WRITE)
    async def replace(
        self,
        contact_id: FromPath[int],
        data: JSONBody[ContactBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """All of it but its code."""
        row = _found(await contacts.lock(session, access.tenant, contact_id))
        return await _change(session, access, row, replaced_content(row, data))

    @patch("/{contact_id:int}", operation_id="updateContact", summary="Change members of a contact", opt=WRITE)
    async def update(
        self,
        contact_id: FromPath[int],
        data: JSONBody[ContactMembers],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """Those that are there and not null; lists of addresses are replaced whole."""
        row = _found(await contacts.lock(session, access.tenant, contact_id))
        return await _change(session, access, row, patched_content(row, data))


def _found(row: Contact | None) -> Contact:
    if row is None:
        raise ApiError(404, "Contact not found.")
    return row


def _deed(access: Access, action: str, row: Contact) -> Deed:
    return Deed(f"client:{access.client_id}", action, f"contact/{row.code}")


async def _change(session: AsyncSession, access: Access, row: Contact, content: ContactContent) -> Response[bytes]:
    members = changed_members(row, content)
    if members:
        await contacts.change(session, row, name=content.name, status=content.status, body=content.body)
        await audit.record(session, access.tenant, _deed(access, "change", row), members=members)
    return await _answer(session, row)


async def _answer(session: AsyncSession, row: Contact, status: int = 200) -> Response[bytes]:
    owed = await contacts.owed_by(session, row.tenant, [row.code])
    return answer(contact_answer(row, owed), status)
