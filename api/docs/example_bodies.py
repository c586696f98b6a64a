"""Bodies with an example on the documentation page: the Emporix tutorial's own, ready to be sent."""

from typing import Annotated

from litestar.openapi.spec import Example
from litestar.params import BodyKwarg

from api.sequential_ids.bodies import SchemaBody

INVOICE_SETTINGS = {
    "key": "invoiceSettings",
    "value": {"threshold": "24", "status": "CREATED,CONFIRMED", "extendedOrderStatus": "70,75,76"},
    "version": 1,
}

INVOICE_SERIES = {
    "name": "invoiceNoSequence",
    "schemaType": "invoiceNoSequence",
    "preText": "INV__num__",
    "startValue": 1000,
    "maxValue": 999_999_999,
    "numberOfDigits": 4,
    "placeholders": {"__num__": {"required": True}},
}

SITE = {
    "code": "main",
    "name": "Germany",
    "active": True,
    "default": True,
    "defaultLanguage": "de",
    "languages": ["de", "en"],
    "currency": "EUR",
    "includesTax": False,
    "homeBase": {
        "address": {
            "street": "Hauptstraße",
            "streetNumber": "1",
            "zipCode": "10115",
            "city": "Berlin",
            "country": "DE",
        },
        "timezone": "Europe/Berlin",
    },
    "shipToCountries": ["DE"],
}

LOGO = {"generalShopSettings": {"logoUrl": "https://example.com/logo.png"}}

ConfigurationsJson = Annotated[
    object, BodyKwarg(examples=[Example(summary="Which orders an automatic job finds", value=[INVOICE_SETTINGS])])
]
ConfigurationJson = Annotated[
    object, BodyKwarg(examples=[Example(summary="Which orders an automatic job finds", value=INVOICE_SETTINGS)])
]
SchemaJson = Annotated[
    SchemaBody, BodyKwarg(examples=[Example(summary="Numbers such as INV261001", value=INVOICE_SERIES)])
]
SiteJson = Annotated[object, BodyKwarg(examples=[Example(summary="What an invoice reads of a site", value=SITE)])]
SitePatchJson = Annotated[
    object, BodyKwarg(examples=[Example(summary="Show prices with tax", value={"includesTax": True})])
]
MixinJson = Annotated[object, BodyKwarg(examples=[Example(summary="The logo on the invoice", value=LOGO)])]
