"""What a site must and may hold before it is stored (Emporix A.4). Members not named here are the shop's own."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from invoicing.configuration import document_settings
from invoicing.configuration.document_settings import setting_problems
from invoicing.site import Json, is_timezone, web_url

SITE_CODE = re.compile(r"[^\s#/]{1,128}")
"""A.4's rule, and no slash: the code is a part of paths."""

MIXIN_NAME = re.compile(r"[^\s#/]{1,128}")

MAX_SCALE = 10


class Problem(NamedTuple):
    """What is wrong with which member."""

    field: str
    message: str


Rule = Callable[[object], bool]


def site_problems(body: Json) -> list[Problem]:
    """Everything that is wrong with a whole site; empty when it may be stored."""
    mixins = body.get("mixins", {})
    if not isinstance(mixins, Mapping):
        return [*_member_problems(body), Problem("mixins", "must be an object")]
    of_mixins = (problem for name, mixin in mixins.items() for problem in mixin_problems(str(name), mixin))
    return [*_member_problems(body), *(Problem(f"mixins.{field}", message) for field, message in of_mixins)]


def mixin_problems(name: str, body: object) -> list[Problem]:
    """Everything that is wrong with a mixin; empty when it may be stored."""
    if not MIXIN_NAME.fullmatch(name):
        return [Problem(name, "is no name for a mixin: 1 to 128 characters, no blanks, # or /")]
    if not isinstance(body, Mapping):
        return [Problem(name, "must be an object")]
    if name == document_settings.KEY:
        return [Problem(f"{name}.{one.field}".rstrip("."), one.message) for one in setting_problems(body)]
    logo_url = body.get("logoUrl")
    if name == "generalShopSettings" and logo_url is not None and web_url(logo_url) is None:
        return [Problem(f"{name}.logoUrl", "must be an http or https URL")]
    return []


def _member_problems(body: Json) -> Iterator[Problem]:
    for path, required, rule, message in MEMBERS:
        value = _at(body, path)
        if value is None and required:
            yield Problem(path, "is required")
        elif value is not None and not rule(value):
            yield Problem(path, message)


def _at(body: Json, path: str) -> object:
    """The member at a dotted path; where a parent is no object, its members are absent."""
    value: object = body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _object(value: object) -> bool:
    return isinstance(value, Mapping)


def _matching(pattern: str) -> Rule:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _list_of(rule: Rule) -> Rule:
    return lambda value: isinstance(value, list) and all(rule(item) for item in value)


def _languages(value: object) -> bool:
    return _list_of(LANGUAGE)(value) and value != []


def _timezone(value: object) -> bool:
    return isinstance(value, str) and is_timezone(value)


def _scale(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SCALE


LANGUAGE = _matching("[a-z]{2}")
COUNTRY = _matching("[A-Z]{2}")
CURRENCY = _matching("[A-Z]{3}")

MEMBERS: tuple[tuple[str, bool, Rule, str], ...] = (
    ("code", True, _matching(SITE_CODE.pattern), "must be 1 to 128 characters without blanks, # or /"),
    ("name", True, _text, "must be a text"),
    ("active", False, _flag, "must be true or false"),
    ("default", False, _flag, "must be true or false"),
    ("includesTax", False, _flag, "must be true or false"),
    ("defaultLanguage", True, LANGUAGE, "must be an ISO 639-1 code such as en"),
    ("languages", True, _languages, "must be a list of ISO 639-1 codes, one at least"),
    ("currency", True, CURRENCY, "must be an ISO 4217 code such as EUR"),
    ("availableCurrencies", False, _list_of(CURRENCY), "must be a list of ISO 4217 codes"),
    ("homeBase", True, _object, "must be an object"),
    ("homeBase.address.country", True, COUNTRY, "must be an ISO 3166-1 alpha-2 code such as DE"),
    ("homeBase.address.zipCode", True, _text, "must be a text"),
    ("homeBase.timezone", False, _timezone, "must be an IANA time zone such as Europe/Berlin"),
    ("shipToCountries", True, _list_of(COUNTRY), "must be a list of ISO 3166-1 alpha-2 codes"),
    (
        "taxDeterminationBasedOn",
        False,
        _matching("BILLING_ADDRESS|SHIPPING_ADDRESS"),
        "must be BILLING_ADDRESS or SHIPPING_ADDRESS",
    ),
    ("cartCalculationScale", False, _scale, f"must be a whole number from 0 to {MAX_SCALE}"),
    ("metadata", False, _object, "must be an object"),
)
"""(path, required, rule, what to say when the rule fails)"""
