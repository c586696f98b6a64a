"""Bodies of contacts (Deskera B.7): what a caller sends, what is stored of it, what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from api.deskera import Blank, DeskeraModel, Json, Text, stored, tenant_number
from api.errors.api_error import ApiError
from api.requests.json_request import parse_json
from api.requests.request_bodies import Flag, refused
from api.sales_invoices.bodies import AddressBody, JsonText, Name
from database.contacts import ACTIVE, INACTIVE
from database.tables import Contact, JsonObject
from invoicing.electronic.address import is_electronic_address
from invoicing.mail_address import is_mail_address
from invoicing.money import UnsupportedCurrency, minor_unit
from invoicing.sales.payment_terms import UnknownPaymentTerm, parse_payment_term

MOST_ADDRESSES = 100
ROW_MEMBERS = ("name", "status")
"""Members that the row has columns for."""


class ContactStatus(StrEnum):
    """Deskera B.5 CONTACT_STATUS."""

    ACTIVE = ACTIVE
    INACTIVE = INACTIVE


def _currency(code: str) -> str:
    try:
        minor_unit(code.upper())
    except UnsupportedCurrency:
        raise refused("must be an ISO 4217 currency code") from None
    return code.upper()


def _payment_term(text: str) -> str:
    try:
        return str(parse_payment_term(text))
    except UnknownPaymentTerm as error:
        raise refused(str(error)) from None


def _mail_address(text: str) -> str:
    if not is_mail_address(text):
        raise refused("must be a mail address")
    return text


def _electronic_address(text: str) -> str:
    if not is_electronic_address(text):
        raise refused("must be scheme:identifier, such as 0195:SGUEN201912345K")
    return text


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


Currency = Annotated[Text, AfterValidator(_currency)]
Term = Annotated[Text, AfterValidator(_payment_term)]
MailAddress = Annotated[Text, AfterValidator(_mail_address)]
ElectronicAddress = Annotated[Text, AfterValidator(_electronic_address)]
Status = Annotated[ContactStatus, BeforeValidator(_upper)]
Addresses = Annotated[list[AddressBody], Field(max_length=MOST_ADDRESSES)]


class ContactMembers(DeskeraModel):
    """All that a caller may say of a contact. In a PATCH, null and left out both mean: as it is."""

    name: Name | None = None
    currency_code: Annotated[Currency | None, Blank] = None
    payment_term_code: Annotated[Term | None, Blank] = None
    """`1` to `5`, or their names, `NET 30`; kept as the id."""
    uen: Text | None = None
    tax_number: Text | None = None
    receivable_account_code: Text | None = None
    payable_account_code: Text | None = None
    billing_address: Addresses | None = None
    shipping_address: Addresses | None = None
    email_id: Annotated[MailAddress | None, Blank] = None
    peppol_id: Annotated[ElectronicAddress | None, Blank] = None
    buyer_reference: Annotated[Text | None, Blank] = None
    """Ours (EN 16931 BT-10): what the buyer wants quoted on every invoice; in Germany the Leitweg-ID."""
    tax_exempted: Flag | None = None
    tax_exemption_reason: Annotated[Text | None, Blank] = None
    custom_field: JsonText = None
    sequence_format: Text | None = None
    status: Annotated[Status | None, Blank] = None
    customer: Flag | None = None
    vendor: Flag | None = None


class ContactBody(ContactMembers):
    """A whole contact."""

    name: Name


@dataclass(frozen=True)
class ContactContent:
    """What the repository stores of a contact."""

    name: str
    status: str
    body: JsonObject


OUR_MEMBERS = ("buyerReference",)
"""Answered only where they say something."""
MEMBERS = tuple(field.alias or name for name, field in ContactBody.model_fields.items())
DEFAULTS: Mapping[str, object] = {
    "status": ACTIVE,
    "customer": True,
    "vendor": False,
    "taxExempted": False,
    "billingAddress": [],
    "shippingAddress": [],
}
"""Of members that nobody has set."""
STANDING = ("status", "customer", "vendor")
"""Members that a PUT leaves as they are where it does not name them: clients send the contact's own data only."""


def new_content(body: ContactBody) -> ContactContent:
    """A contact to create.

    Raises:
        ApiError: 400 naming the member.
    """
    return _content({**DEFAULTS, **_sent(body)})


def replaced_content(row: Contact, body: ContactBody) -> ContactContent:
    """The contact after a PUT.

    Raises:
        ApiError: 400 naming the member.
    """
    standing = {name: member for name, member in _whole(row).items() if name in STANDING}
    return _content({**DEFAULTS, **standing, **_sent(body)})


def patched_content(row: Contact, body: ContactMembers) -> ContactContent:
    """The contact after a PATCH.

    Raises:
        ApiError: 400 naming the member.
    """
    return _content({**_whole(row), **_sent(body)})


def changed_members(row: Contact, content: ContactContent) -> str:
    """The names of the members that differ, for the audit trail: names only, never what is in them."""
    before, after = _whole(row), {"name": content.name, "status": content.status, **content.body}
    return ", ".join(name for name in MEMBERS if before.get(name) != after.get(name))


def contact_answer(row: Contact, owed: Mapping[str, Decimal | None]) -> Json:
    """The contact with every member, nulls too.

    `theyOweYou` is in the base currency. `youOweThem` would come from purchases, which are not kept here, and
    `invoices` are listed by `GET /v1/invoices/sales?contactCodes=`: both are null.
    """
    whole = _whole(row)
    custom = whole.get("customField")
    return {
        "id": row.id,
        "code": row.code,
        "documentSequenceCode": row.code,
        **{member: whole.get(member) for member in MEMBERS if member not in OUR_MEMBERS or whole.get(member)},
        "customField": parse_json(custom.encode(), exact=True) if custom is not None else None,
        "deleted": False,
        "tenantId": tenant_number(row.tenant),
        "theyOweYou": owed.get(row.code, Decimal(0)),
        "youOweThem": None,
        "invoices": None,
    }


def _sent(body: ContactMembers) -> JsonObject:
    sent: JsonObject = stored(body.model_dump(by_alias=True))
    return {name: member for name, member in sent.items() if member is not None}


def _whole(row: Contact) -> JsonObject:
    return {**row.body, "name": row.name, "status": row.status}


def _content(whole: JsonObject) -> ContactContent:
    if whole.get("taxExempted") and not whole.get("taxExemptionReason"):
        raise ApiError(400, "A contact that is exempt from tax needs the reason.", field="taxExemptionReason")
    body = {name: member for name, member in whole.items() if name not in ROW_MEMBERS}
    return ContactContent(name=whole["name"], status=whole["status"], body=body)
