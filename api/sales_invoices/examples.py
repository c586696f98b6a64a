"""Sales invoices as the documentation page shows them, ready to be sent."""

from typing import Annotated

from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

SALES_INVOICE = {
    "contactCode": "C-0000001",
    "currency": "SGD",
    "exchangeRate": 1,
    "salesInvoiceDate": "18-06-2026",
    "salesInvoiceDueDate": "18-07-2026",
    "status": "OPEN",
    "unitPriceGstInclusive": False,
    "contact": {"name": "Merlion Trading"},
    "salesInvoiceItems": [
        {
            "productCode": "P-0000001",
            "productDescription": "Cordless drill",
            "productQuantity": 1,
            "unitPrice": 120,
            "taxCode": "TX-0000001",
        }
    ],
}

PREVIEW = {
    "currency": "EUR",
    "salesInvoiceItems": [
        {"productDescription": "Paper", "productQuantity": 3, "unitPrice": 19.99, "taxRate": 19},
        {"productDescription": "Book", "productQuantity": 1, "unitPrice": 24, "taxRate": 7, "discount": 2.4},
    ],
    "charges": [{"name": "Shipping", "amount": 9.9, "taxRate": 19}],
}

SalesInvoiceJson = Annotated[
    object, BodyKwarg(examples=[Example(summary="An invoice over 128.40", value=SALES_INVOICE)])
]
SalesInvoicesJson = Annotated[
    object, BodyKwarg(examples=[Example(summary="Two invoices", value=[SALES_INVOICE, SALES_INVOICE])])
]
ChangedInvoicesJson = Annotated[
    object, BodyKwarg(examples=[Example(summary="A draft by its id", value=[{"id": 1, **SALES_INVOICE}])])
]
CodesJson = Annotated[object, BodyKwarg(examples=[Example(summary="Two numbers", value=["0000001", "0000002"])])]
PreviewJson = Annotated[object, BodyKwarg(examples=[Example(summary="Taxes named directly", value=PREVIEW)])]
