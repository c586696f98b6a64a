"""Bodies of previews: what to show, by which template, and how it should look."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from api.documents.template_bodies import Language, Version
from api.errors.api_error import ApiError, Detail
from api.schedules.bodies import Strict
from invoicing.document.template_kind import TemplateKind
from invoicing.invoice import InvoiceKind
from invoicing.look import Layout, Look, Paper, Typeface

REFUSAL = "The preview is not valid"
LONGEST_CODE = 200
SUBJECTS = ("draft", "invoice", "sample")


def _whole_colour(colour: str) -> str:
    """`#rrggbb`, of `#rgb` too."""
    digits = colour[1:].lower()
    return f"#{digits}" if len(digits) > len("rgb") else "#" + "".join(2 * digit for digit in digits)


Code = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_CODE)]
Colour = Annotated[
    str, StringConstraints(pattern=r"^#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"), AfterValidator(_whole_colour)
]


class LookWish(Strict):
    """Members of a look that are to be other ones; what is left out stays."""

    layout: Layout | None = None
    """One of the service's own templates; the tenant's is left aside then, unless it is named too."""
    paper: Paper | None = None
    brand_colour: Colour | None = None
    typeface: Typeface | None = None
    second_language: Language | None = None
    language: Language | None = None
    """Not of the look: in which the document speaks instead of its own."""

    def applied(self, look: Look) -> Look:
        """The look with these members."""
        names = ("layout", "paper", "brand_colour", "typeface", "second_language")
        said = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return look.model_copy(update=said)


class TemplateWish(Strict):
    """By which template of one's own: a stored version, or content that is not stored."""

    version: Version | None = None
    content: dict[str, Any] | None = None


class PreviewRequest(LookWish):
    """What to show: a draft, an issued document, or a sample."""

    draft: Code | None = None
    """Its `salesInvoiceCode`."""
    invoice: Code | None = None
    """The number of an issued invoice or credit note."""
    sample: InvoiceKind | None = None
    kind: TemplateKind = TemplateKind.DOCUMENT
    """The page as PDF, or the mail as JSON."""
    template: Annotated[TemplateWish, Field()] | None = None
    """Without one: the version that is active, of an issued document the one that it was issued with."""

    @property
    def carries_content(self) -> bool:
        """Whether it brings a template along."""
        return self.template is not None and self.template.content is not None

    def check(self) -> None:
        """What single members cannot know.

        Raises:
            ApiError: 400, each fault with its member.
        """
        named = [name for name in SUBJECTS if getattr(self, name) is not None]
        faults = [] if len(named) == 1 else [Detail(f"one of {', '.join(SUBJECTS)} is required", "body")]
        template = self.template
        if template is not None and (template.version is None) == (template.content is None):
            faults.append(Detail("either version or content is required", "template"))
        if faults:
            raise ApiError(400, REFUSAL, details=faults)
