"""What the demo tells the service about its tenant, as request bodies of the public API (Emporix A.2, A.3, A.4)."""

import json
from dataclasses import dataclass
from pathlib import Path

from demo.orders.exact_json import JsonObject

LOGO_PATH = "/assets/logo.png"
"""Where the shop serves the logo."""
MIXINS = ("merchantInfo", "invoiceDocument")


@dataclass(frozen=True)
class SiteSetup:
    """One site: the body that creates it, and its mixins, each the body of a call of its own."""

    site: JsonObject
    mixins: tuple[JsonObject, ...]


def sites(shop_url: str) -> list[SiteSetup]:
    """The German sites `main` (net) and `outlet` (gross) and `us`; the logo is the one that the shop serves."""
    logo = {"generalShopSettings": {"logoUrl": shop_url + LOGO_PATH}}
    return [
        SiteSetup(setup["site"], (logo, *({name: setup[name]} for name in MIXINS))) for setup in json_file("sites.json")
    ]


def invoice_settings() -> list[JsonObject]:
    """Body for `POST /configuration/{tenant}/configurations`."""
    return json_file("invoice_settings.json")


def invoice_sequence() -> JsonObject:
    """Body for `POST /sequential-id/{tenant}/schemas`."""
    body: JsonObject = json.loads(text_of("invoice_sequence.json"))
    return body


def json_file(name: str) -> list[JsonObject]:
    """A file of this folder that holds an array."""
    array: list[JsonObject] = json.loads(text_of(name))
    return array


def text_of(name: str) -> str:
    """A file of this folder."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
