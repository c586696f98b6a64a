"""Bodies of products in brief (Deskera B.7): what a caller sends, what is stored of it, what is answered."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.deskera import Amount, Blank, DeskeraModel, Json, Text, stored, tenant_number
from api.requests.json_request import parse_json
from api.requests.request_bodies import Flag
from api.sales_invoices.bodies import AnyCaseProductType, JsonText, Name, ProductType
from database.tables import JsonObject, Product

MOST_IMAGES = 100


Price = Annotated[Amount, Field(ge=0)]
"""Not negative (EN 16931 BR-27); may have more decimals than the currency."""


class InventoryBody(DeskeraModel):
    """Stock, kept as it is sent: no stock is counted here."""

    opening_quantity: Amount | None = None
    opening_valuation: Amount | None = None
    available_quantity: Amount | None = None
    cost_of_goods_sold_account_code: Text | None = None
    inventory_account_code: Text | None = None
    stock_adjustment_account_code: Text | None = None
    inventory_account_name: Text | None = None
    warehouse_code: Text | None = None


class ProductBody(DeskeraModel):
    """A product. Its price and taxes are what a document may start from; the document's own lines count."""

    name: Name
    type: AnyCaseProductType | None = None
    """NONTRACKED where nothing is said."""
    description: Text | None = None
    barcode: Text | None = None
    sales_price: Price | None = None
    sales_tax_code: Annotated[Text | None, Blank] = None
    """The `code` of a tax, as on a line."""
    sales_price_tax_inclusive: Flag | None = None
    sales_account_code: Text | None = None
    sales_return_account_code: Text | None = None
    purchase_price: Price | None = None
    purchase_tax_code: Annotated[Text | None, Blank] = None
    purchase_price_tax_inclusive: Flag | None = None
    purchase_account_code: Text | None = None
    purchase_return_account_code: Text | None = None
    taxable: Flag | None = None
    """True where nothing is said."""
    stock_uom: Text | None = None
    inventory: InventoryBody | None = None
    category_code: Text | None = None
    category_desc: Text | None = None
    images: Annotated[list[Text], Field(max_length=MOST_IMAGES)] | None = None
    custom_field: JsonText = None
    active: Flag | None = None

    def tax_codes(self) -> Mapping[str, str]:
        """The taxes that it names, by member."""
        named = {"salesTaxCode": self.sales_tax_code, "purchaseTaxCode": self.purchase_tax_code}
        return {member: code for member, code in named.items() if code is not None}


NOT_STORED = {"name", "active"}
"""Members that the row has columns for."""
MEMBERS = tuple(field.alias or name for name, field in ProductBody.model_fields.items() if name not in NOT_STORED)
BRIEF_MEMBERS = (
    "code",
    "documentSequenceCode",
    "name",
    "description",
    "type",
    "barcode",
    "categoryCode",
    "salesPrice",
    "salesTaxCode",
    "salesPriceTaxInclusive",
    "stockUom",
    "taxable",
)
AMOUNTS = ("salesPrice", "purchasePrice")
STOCK_AMOUNTS = ("openingQuantity", "openingValuation", "availableQuantity")


def stored_product(body: ProductBody) -> JsonObject:
    """The product's body as it is kept."""
    kept: JsonObject = stored(body.model_dump(by_alias=True, exclude=NOT_STORED))
    return {**kept, "type": body.type or ProductType.NONTRACKED, "taxable": body.taxable is not False}


def product_answer(row: Product) -> Json:
    """The product with every member, nulls too."""
    custom = row.body.get("customField")
    return {
        "id": row.id,
        "productId": row.code,
        "code": row.code,
        "documentSequenceCode": row.code,
        "name": row.name,
        **{member: row.body.get(member) for member in MEMBERS},
        **_amounts(row.body, AMOUNTS),
        "inventory": _stock(row.body),
        "customField": parse_json(custom.encode(), exact=True) if custom is not None else None,
        "active": row.active,
        "deleted": False,
        "tenantId": tenant_number(row.tenant),
    }


def brief_answer(row: Product) -> Json:
    """What a line needs: under the vendor's names for it, and under those of the whole product."""
    whole = product_answer(row)
    stock = whole["inventory"] or {}
    return {
        "id": whole["id"],
        "pid": whole["productId"],
        "status": whole["active"],
        "unitPrice": whole["salesPrice"],
        "availableQuantity": stock.get("availableQuantity"),
        **{member: whole[member] for member in BRIEF_MEMBERS},
    }


def _stock(kept: JsonObject) -> Json | None:
    stock = kept.get("inventory")
    return {**stock, **_amounts(stock, STOCK_AMOUNTS)} if stock is not None else None


def _amounts(kept: JsonObject, members: tuple[str, ...]) -> Json:
    """Amounts lie in the database as text."""
    texts = {name: kept.get(name) for name in members}
    return {name: None if text is None else Decimal(text) for name, text in texts.items()}
