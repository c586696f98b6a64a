"""Setting up a tenant through the public API, call by call as the Emporix tutorial does.

Everything may be there from an earlier run; then it stays as it is, but for the logo's URL, which has the shop's port.
"""

from pydantic import BaseModel, TypeAdapter

from demo.orders.exact_json import JsonObject
from demo.orders.tenant import invoice_sequence, invoice_settings, sites
from demo.service import InvoiceService

MAIL_SENDER = {"key": "cust.notification.email.from", "value": "invoices@acme.example", "version": 1}
LOGO_MIXIN = "generalShopSettings"


class Schema(BaseModel):
    """What we read of a number series."""

    id: str
    active: bool


SCHEMA_LIST = TypeAdapter(list[Schema])


def set_up_tenant(service: InvoiceService, shop_url: str | None) -> None:
    """Configuration, number series, sites with their mixins; the shop at `shop_url` serves the logo, None: no logo.

    Raises:
        DemoFailed: the API refused.
    """
    configurations = f"/configuration/{service.tenant}/configurations"
    service.create(configurations, invoice_settings())
    service.create(configurations, [MAIL_SENDER])
    _set_up_series(service, invoice_sequence())
    for setup in sites(shop_url or ""):
        service.create(f"/site/{service.tenant}/sites", setup.site)
        for mixin in setup.mixins:
            if shop_url or LOGO_MIXIN not in mixin:
                _set_up_mixin(service, setup.site["code"], mixin)


def _set_up_series(service: InvoiceService, schema: JsonObject) -> None:
    schemas = f"/sequential-id/{service.tenant}/schemas"
    of_type = f"{schemas}/types/{schema['schemaType']}"
    if not SCHEMA_LIST.validate_json(service.read(of_type).content):
        service.create(schemas, schema)
    made = SCHEMA_LIST.validate_json(service.read(of_type).content)
    if not any(each.active for each in made):
        service.create(f"{schemas}/{made[0].id}/setActive", None)


def _set_up_mixin(service: InvoiceService, site: str, mixin: JsonObject) -> None:
    path = f"/site/{service.tenant}/sites/{site}/mixins"
    [name] = mixin
    if not service.create(path, mixin) and name == LOGO_MIXIN:
        service.replace(f"{path}/{name}", mixin)
