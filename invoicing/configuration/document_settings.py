"""The configuration `invoiceDocument`: how documents look, which structured forms they have, how they go out.

The mixin `invoiceDocument` of a site holds the same members and goes before the configuration, member by member. What
is stored was judged when it was set; reading never fails, and a member that cannot be read counts as absent.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from invoicing.electronic.address import is_electronic_address
from invoicing.frozen import Frozen
from invoicing.look import HOUSE_COLOUR, Layout, Look, Paper, TemplateRef, Typeface
from invoicing.mail_address import is_mail_address
from invoicing.site import Json, mixin

KEY = "invoiceDocument"
"""The configuration's key, and the mixin's name."""
YEARS_TO_RETAIN = 10
"""The longest that tax law asks for in most of Europe."""
MOST_YEARS_TO_RETAIN = 100
MOST_DAYS_TO_PAY = 366
MOST_COPIES = 10
LONGEST_TEXT = 200
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
LANGUAGE = re.compile(r"[a-z]{2}")
SCHEME = re.compile(r"\d{4}")

Choice = TypeVar("Choice", bound=StrEnum)


class WhenIncomplete(StrEnum):
    """What to do with an invoice that lacks something that a structured form of it must say."""

    ISSUE_WITHOUT = "ISSUE_WITHOUT"
    """It is issued without that form, and says so."""
    BLOCK = "BLOCK"
    """It is not issued; what is missing is told, all at once."""


class UblFor(StrEnum):
    """Which invoices are made in UBL when they are issued. Any other one is made when somebody asks for it."""

    PEPPOL_BUYERS = "PEPPOL_BUYERS"
    """Those whose buyer has an electronic address."""
    ALWAYS = "ALWAYS"
    NEVER = "NEVER"


class UblProfile(StrEnum):
    """Whose rules the UBL keeps."""

    PEPPOL = "PEPPOL"
    XRECHNUNG = "XRECHNUNG"


class Problem(NamedTuple):
    """What is wrong with which member."""

    field: str
    message: str


def _refused(message: str) -> PydanticCustomError:
    return PydanticCustomError("refused", "{message}", {"message": message})


def _one_of(choices: type[Choice]) -> BeforeValidator:
    def read(value: object) -> object:
        if value is None or (isinstance(value, str) and value in {choice.value for choice in choices}):
            return value
        raise _refused(f"must be one of {', '.join(choices)}")

    return BeforeValidator(read)


def _that(fits: Callable[[str], object], words: str) -> BeforeValidator:
    """A text that fits; blanks around it do not count, and an empty one is none."""

    def read(value: object) -> object:
        if value is None:
            return None
        text = value.strip() if isinstance(value, str) else None
        if text == "":
            return None
        if text is None or len(text) > LONGEST_TEXT or not text.isprintable() or not fits(text):
            raise _refused(f"must be {words}")
        return text

    return BeforeValidator(read)


def _flag(value: object) -> object:
    if value is not None and not isinstance(value, bool):
        raise _refused("must be true or false")
    return value


def _whole_number(most: int, what: str) -> BeforeValidator:
    def read(value: object) -> object:
        if value is None:
            return None
        number = value if isinstance(value, int) and not isinstance(value, bool) else -1
        if not 0 <= number <= most:
            raise _refused(f"must be a whole number of {what}, {most} at most")
        return number

    return BeforeValidator(read)


def _addresses(value: object) -> object:
    """A mail address, or a list of them."""
    listed = [] if value is None else value if isinstance(value, list | tuple) else [value]
    addresses = tuple(one.strip() for one in listed if isinstance(one, str))
    if len(addresses) < len(listed) or len(listed) > MOST_COPIES or not all(map(is_mail_address, addresses)):
        raise _refused(f"must be a mail address or a list of {MOST_COPIES} at most")
    return addresses


Text = Annotated[str | None, _that(bool, f"a text of {LONGEST_TEXT} characters at most, on one line")]
Mail = Annotated[str | None, _that(is_mail_address, "a mail address, such as invoices@example.com")]
Addresses = Annotated[tuple[str, ...], BeforeValidator(_addresses)]
Colour = Annotated[str | None, _that(COLOUR.fullmatch, "a colour such as #0f4c5c or #fff")]
Language = Annotated[str | None, _that(LANGUAGE.fullmatch, "an ISO 639-1 code such as en")]
Scheme = Annotated[str | None, _that(SCHEME.fullmatch, "a code of four digits (ISO 6523), such as 0204")]
PeppolId = Annotated[str | None, _that(is_electronic_address, "scheme:identifier, such as 9930:DE123456789")]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Years = Annotated[int | None, _whole_number(MOST_YEARS_TO_RETAIN, "years")]
Days = Annotated[int | None, _whole_number(MOST_DAYS_TO_PAY, "days")]


class _Settings(Frozen):
    """Members are spelled as callers do, in camel case; what is null was not set."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class EInvoiceSettings(_Settings):
    """Which structured forms are made when a document is issued."""

    when_incomplete: Annotated[WhenIncomplete | None, _one_of(WhenIncomplete)] = None
    embed: Flag = None
    """Put the CII into the PDF, as Factur-X has it. None: yes."""
    ubl: Annotated[UblFor | None, _one_of(UblFor)] = None
    profile: Annotated[UblProfile | None, _one_of(UblProfile)] = None

    @property
    def blocks(self) -> bool:
        """Whether a document that lacks something is not issued."""
        return self.when_incomplete is WhenIncomplete.BLOCK

    @property
    def embeds(self) -> bool:
        """Whether the PDF carries the CII."""
        return self.embed is not False


class MailSettings(_Settings):
    """How the tenant's mails go out."""

    reply_to: Mail = None
    cc: Addresses = ()
    bcc: Addresses = ()
    sender_name: Text = None
    """Beside the sender's address."""


class SellerSettings(_Settings):
    """What structured forms say of the seller and a site has no place for."""

    tax_number: Text = None
    """The number at the tax office (BT-32), beside the VAT identifier of `merchantInfo`."""
    registration_id: Text = None
    """In the register of companies (BT-30)."""
    registration_scheme: Scheme = None
    """ISO 6523 code of that register."""
    peppol_id: PeppolId = None
    """BT-34"""
    contact: Text = None
    """BT-41"""
    phone: Text = None
    """BT-42"""
    email: Mail = None
    """BT-43"""
    account_holder: Text = None
    """BT-85"""


class DocumentSettings(_Settings):
    """All of it; what nobody has set is None, empty or the default of its property."""

    layout: Annotated[Layout | None, _one_of(Layout)] = None
    paper: Annotated[Paper | None, _one_of(Paper)] = None
    brand_colour: Colour = None
    typeface: Annotated[Typeface | None, _one_of(Typeface)] = None
    second_language: Language = None
    line_images: Flag = None
    """Print the pictures of what is sold. None: no."""
    retention_years: Years = None
    """How long documents must be kept after their date."""
    payment_days: Days = None
    """How many days the buyer has where an invoice that is to be paid names no day (BT-9): orders name none."""
    e_invoice: EInvoiceSettings = EInvoiceSettings()
    mail: MailSettings = MailSettings()
    seller: SellerSettings = SellerSettings()

    @property
    def years_to_retain(self) -> int:
        """How long documents must be kept after their date."""
        return YEARS_TO_RETAIN if self.retention_years is None else self.retention_years


GROUPS = frozenset({"eInvoice", "mail", "seller"})
WORDS = {"extra_forbidden": "is not known", "model_type": "must be an object", "dict_type": "must be an object"}


def setting_problems(value: object) -> list[Problem]:
    """Everything that is wrong with the configuration or the mixin; a field without a name is the whole of it."""
    if not isinstance(value, Mapping):
        return [Problem("", "must be an object")]
    return [Problem(".".join(path), message) for path, message in _faults(_without_nulls(value))]


def document_settings(configured: object, site: Json) -> DocumentSettings:
    """What holds for the documents of a site: its mixin's members, and where it has none the configuration's.

    The brand's colour is the shop's (`generalShopSettings.primaryColor`) where neither names one.

    Args:
        configured: the configuration's value, None where there is none.
        site: the site's body with its mixins.
    """
    own, tenants = _readable(mixin(site, KEY)), _readable(configured)
    groups = {name: {**tenants.get(name, {}), **own.get(name, {})} for name in GROUPS}
    shop = _readable({"brandColour": mixin(site, "generalShopSettings").get("primaryColor")})
    return DocumentSettings.model_validate({**shop, **tenants, **own, **groups})


def look_of(settings: DocumentSettings, template: TemplateRef | None) -> Look:
    """How a document looks that is issued now; `template` is the tenant's own that is active, if one is."""
    return Look(
        layout=settings.layout or Layout.CLASSIC,
        paper=settings.paper,
        brand_colour=_whole(settings.brand_colour) if settings.brand_colour else HOUSE_COLOUR,
        typeface=settings.typeface or Typeface.SANS,
        second_language=settings.second_language,
        template=template,
    )


def _whole(colour: str) -> str:
    """`#rrggbb`, of `#rgb` too."""
    digits = colour[1:].lower()
    return f"#{digits}" if len(digits) > len("rgb") else "#" + "".join(2 * digit for digit in digits)


def _readable(value: object) -> dict[str, Any]:
    """The members that are fit to be read."""
    members = _without_nulls(value) if isinstance(value, Mapping) else {}
    for path, _ in _faults(members):
        parent = members if len(path) == 1 else members.get(path[0])
        if isinstance(parent, dict):
            parent.pop(path[min(len(path), 2) - 1], None)
    return members


def _faults(members: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    try:
        DocumentSettings.model_validate(members)
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            yield tuple(str(part) for part in fault["loc"]), _words(fault)


def _words(fault: ErrorDetails) -> str:
    return WORDS.get(fault["type"], fault["msg"])


def _without_nulls(value: Json) -> dict[str, Any]:
    """What is null was not set: the other level decides."""
    return {
        str(name): _without_nulls(member) if name in GROUPS and isinstance(member, Mapping) else member
        for name, member in value.items()
        if member is not None
    }
