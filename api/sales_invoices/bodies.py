"""The request of a sales invoice (Deskera B.3), and the members that we add to it (marked as ours).

Members that we do not know are ignored, and null is the same as leaving a member out. Amounts that follow from others
(`totalAmount`, `taxAmount`, `dueAmount`) are figures that the caller states: they are compared, never taken.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from api.deskera import Amount, DeskeraDate, DeskeraModel, Text, to_json
from api.requests.request_bodies import Flag, WholeNumber, refused
from invoicing.invoice import ChargeKind, TaxCategory
from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.fulfilment import FulfillmentStatus
from invoicing.sales.recurrence import LONGEST_STEP, MOST_COPIES, Frequency, Schedule

EARLIEST_YEAR, LATEST_YEAR = 1900, 2999
LARGEST_ID = 2**63 - 1


class ProductType(StrEnum):
    """Deskera B.5 ProductType."""

    TRACKED = "TRACKED"
    NONTRACKED = "NONTRACKED"
    BILL_OF_MATERIALS = "BILL_OF_MATERIALS"


PRODUCT_TYPES = frozenset(ProductType)


def _in_calendar(day: date) -> date:
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise refused(f"must lie between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return day


def _product_type(value: object) -> object:
    """Case does not matter (B.5)."""
    if isinstance(value, str):
        if value.upper() not in PRODUCT_TYPES:
            raise refused(f"Product type '{value}' is invalid")
        return value.upper()
    return value


def _not_blank(text: str) -> str:
    if not text.strip():
        raise refused("must not be empty")
    return text.strip()


def _json_text(value: object) -> object:
    return None if value is None else to_json(value).decode()


DocumentDate = Annotated[DeskeraDate, AfterValidator(_in_calendar)]
"""A day that time zones, intervals and terms can be added to."""

Name = Annotated[Text, AfterValidator(_not_blank)]
"""Text that says something."""

JsonText = Annotated[str | None, BeforeValidator(_json_text, json_schema_input_type=object)]
"""JSON of any shape, kept as its text: what it means is the caller's business, and its numbers stay as they are."""

AnyCaseProductType = Annotated[ProductType, BeforeValidator(_product_type)]
"""A product type as callers spell it."""

Id = Annotated[WholeNumber, Field(ge=0, le=LARGEST_ID)]


class AddressBody(DeskeraModel):
    """An address (B.3); the country is a code or a name."""

    address1: Text | None = None
    address2: Text | None = None
    country: Text | None = None
    state: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    preferred: Flag | None = None


class ContactInfoBody(DeskeraModel):
    """The contact as the invoice shows it."""

    name: Name
    address: Text | None = None
    peppol_id: Text | None = None


class TaxNaming(DeskeraModel):
    """The tax of a line or charge: by its `taxCode`, or (ours) directly by category and rate (EN 16931 BT-151, 152)."""

    tax_code: Text | None = None
    tax_category: TaxCategory | None = None
    tax_rate: Amount | None = None
    tax_exemption_reason: Text | None = None
    tax_exemption_code: Text | None = None

    @property
    def is_named_directly(self) -> bool:
        """Category or rate are stated."""
        return self.tax_category is not None or self.tax_rate is not None


class AdjustmentBody(DeskeraModel):
    """Ours: an allowance or charge of a line, a fixed amount or a percentage of quantity x price."""

    amount: Amount | None = None
    percent: Amount | None = None
    reason: Text | None = None


class DocumentAdjustmentBody(TaxNaming):
    """Ours: an allowance or charge on the whole invoice. Without a tax it is shared over those of the lines."""

    name: Text | None = None
    kind: ChargeKind | None = None
    amount: Amount | None = None
    percent: Amount | None = None
    base_amount: Amount | None = None


class AdditionalChargeBody(DeskeraModel):
    """One of `additionalChargesDetails` (B.4); the member of the tax code is spelled as the vendor spells it."""

    additional_charge: Text | None = None
    charge_amount: Amount | None = None
    is_percent: Flag | None = None
    percent: Amount | None = None
    tax_amount: Amount | None = None
    tax_code: Text | None = Field(default=None, alias="addtionalChargeTaxCode")
    is_pre_charge: Flag | None = None


class GlobalDiscountBody(DeskeraModel):
    """`globalDiscount` (B.4): an allowance on the whole invoice, shared over its taxes."""

    amount: Amount | None = None
    is_percent: Flag | None = None
    percent: Amount | None = None
    is_sub_total_only: Flag | None = None
    name: Text | None = None
    account_code: Text | None = None


class AdditionalChargesBody(DeskeraModel):
    """`additionalCharges` (B.4)."""

    additional_charge_amount: Amount | None = None
    additional_charge_tax_amount: Amount | None = None
    additional_charges_details: tuple[AdditionalChargeBody, ...] | None = None
    global_discount: GlobalDiscountBody | None = None


class ItemFiguresBody(TaxNaming):
    """What a line's figures follow from."""

    product_code: Name | None = None
    product_description: Text | None = None
    product_quantity: Amount
    unit_price: Amount
    discount: Amount | None = None
    discount_in_percent: Flag | None = None
    tax_amount: Amount | None = None
    total_amount: Amount | None = None
    price_base_quantity: Amount | None = None
    """Ours (BT-149): how many units the price buys."""
    unit: Text | None = None
    """Ours (BT-130): UN/ECE Recommendation 20 code."""
    allowances: tuple[AdjustmentBody, ...] | None = None
    charges: tuple[AdjustmentBody, ...] | None = None


class ItemBody(ItemFiguresBody):
    """One of `salesInvoiceItems` (B.3)."""

    id: Id | None = None
    product_code: Name
    product_order: WholeNumber | None = None
    sales_invoice_item_code: Text | None = None
    type: Annotated[ProductType | None, BeforeValidator(_product_type)] = None
    custom_field: JsonText = None


class RecurringBody(DeskeraModel):
    """`salesInvoiceRecurring` (B.3): every so many days, weeks or months, so many copies, the last by a day."""

    id: Id | None = None
    recurrence_type: Annotated[WholeNumber, Field(ge=1, le=LONGEST_STEP)]
    recurrence_frequency: Frequency
    invoice_recurring_count: Annotated[WholeNumber, Field(ge=1, le=MOST_COPIES)]
    recurrence_end_date: DocumentDate

    @property
    def schedule(self) -> Schedule:
        """The same in the domain's words."""
        return Schedule(
            every=self.recurrence_type,
            frequency=self.recurrence_frequency,
            count=self.invoice_recurring_count,
            end_date=self.recurrence_end_date,
        )


class LinkedDocumentBody(DeskeraModel):
    """One of `linkedDocuments` (B.3): it counts with both type and code only."""

    document_type: Name
    document_code: Name
    document_sequence_code: Text | None = None


class FiguresBody(DeskeraModel):
    """What the figures of an invoice follow from: all that a preview needs."""

    currency: Name
    unit_price_gst_inclusive: Flag | None = None
    exchange_rate: Amount | None = None
    exchange_rate_date: DocumentDate | None = None
    """Ours; the invoice's date where it is left out."""
    opening_invoice: Flag | None = None
    total_amount: Amount | None = None
    tax_amount: Amount | None = None
    due_amount: Amount | None = None
    withheld_amount: Amount | None = None
    prepaid_amount: Amount | None = None
    """Ours (BT-113)."""
    round_off_amount: Amount | None = None
    """Ours (BT-114)."""
    allowances: tuple[DocumentAdjustmentBody, ...] | None = None
    charges: tuple[DocumentAdjustmentBody, ...] | None = None
    additional_charges: AdditionalChargesBody | None = None
    global_discount: GlobalDiscountBody | None = None
    tax_point_date: DocumentDate | None = None
    """Ours (BT-7)."""
    tax_point_code: Text | None = None
    """Ours (BT-8)."""

    @property
    def items(self) -> tuple[ItemFiguresBody, ...]:
        """The lines; none where they are left out."""
        return ()

    @property
    def discounts(self) -> tuple[tuple[str, GlobalDiscountBody], ...]:
        """Deskera's discounts on the whole invoice with the path of each: it may stand in two places."""
        inside = self.additional_charges.global_discount if self.additional_charges else None
        both = (("globalDiscount", self.global_discount), ("additionalCharges.globalDiscount", inside))
        return tuple((path, discount) for path, discount in both if discount is not None)


class PartiesBody(FiguresBody):
    """Who buys from whom and where goods go."""

    contact: ContactInfoBody | None = None
    """The stored contact's where it is left out."""
    ship_from: AddressBody | None = None
    ship_to: AddressBody | None = None
    bill_to: AddressBody | None = None
    site_code: Text | None = None
    """Ours: whose invoice it is, where the tenant has several sites."""
    purchase_order_ref_no: Text | None = None
    payment_terms: Text | None = None
    """Ours (BT-20)."""
    delivery_date: DocumentDate | None = None
    """Ours (BT-72): when the goods were delivered, which an invoice across a border of the Union must say."""
    buyer_reference: Text | None = None
    """Ours (BT-10): what the buyer wants quoted, the contact's where it is left out."""


class PreviewBody(PartiesBody):
    """A sales invoice to compute; whose it is and when it is dated may be left out."""

    contact_code: Text | None = None
    sales_invoice_date: DocumentDate | None = None
    sales_invoice_due_date: DocumentDate | None = None
    base_currency: Text | None = None
    """Ours, of previews only: an invoice's is the tenant's."""
    sales_invoice_items: tuple[ItemFiguresBody, ...] | None = None

    @property
    def items(self) -> tuple[ItemFiguresBody, ...]:
        """The lines; none where they are left out."""
        return self.sales_invoice_items or ()


class SalesInvoiceBody(PartiesBody):
    """SalesInvoiceRequest (B.3)."""

    id: Id | None = None
    """Of the draft, in a bulk change."""
    contact_code: Name
    sales_invoice_date: DocumentDate
    sales_invoice_due_date: DocumentDate | None = None
    """By the contact's payment term where it is left out."""
    sales_invoice_items: tuple[ItemBody, ...] | None = None
    status: InvoiceStatus | None = None
    draft: Flag | None = None
    memo: Text | None = None
    opening_document_number: Text | None = None
    document_sequence_code: Text | None = None
    """Of an opening invoice; any other gets the next number of its series."""
    sequence_format: Text | None = None
    payable_account_code: Text | None = None
    warehouse_code: Text | None = None
    drop_ship: Flag | None = None
    back_order: Flag | None = None
    custom_field: JsonText = None
    attachment_ids: tuple[Id, ...] | None = None
    attachments: tuple[Text, ...] | None = None
    linked_documents: tuple[LinkedDocumentBody, ...] | None = None
    journal_entry_code: Text | None = None
    """Ours to assign."""
    recurring: Flag | None = None
    recurring_activated: Flag | None = None
    sales_invoice_recurring: RecurringBody | None = None
    ship_by_date: DocumentDate | None = None
    fulfillment_status: FulfillmentStatus | None = None
    """Follows from the fulfilments; what is stated here changes nothing."""
    fulfillment_complete: Flag | None = None

    @property
    def items(self) -> tuple[ItemBody, ...]:
        """The lines; none where they are left out."""
        return self.sales_invoice_items or ()

    @property
    def wants_draft(self) -> bool:
        """`draft` and the status DRAFT say the same (B.8)."""
        return self.draft is True or self.status is InvoiceStatus.DRAFT
