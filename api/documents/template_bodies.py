"""Bodies of a tenant's own templates: what is sent, and what is shown."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints, TypeAdapter, ValidationError

from api.errors.api_error import ApiError
from api.requests.request_bodies import Body, WholeNumber, read_body, refused
from api.schedules.bodies import Strict
from database.tables import DocumentTemplate
from invoicing.document.preview import Content
from invoicing.document.template_kind import TemplateKind

LONGEST_PAGE, LONGEST_STYLE, LONGEST_MAIL = 256 * 1024, 128 * 1024, 64 * 1024
LONGEST_SUBJECT = 500
MOST_LANGUAGES = 20
REFUSAL = "The template is not valid"


def _storable(text: str) -> str:
    """JSON may spell what neither PostgreSQL nor XML takes."""
    if "\x00" in text or (not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)):
        raise refused("must be Unicode text without NUL")
    return text


Source = Annotated[str, AfterValidator(_storable)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Note = Annotated[Source, StringConstraints(max_length=500)]
Version = Annotated[WholeNumber, Field(ge=1, le=2**31)]


class PageContent(Strict):
    """A page: Jinja2 that writes well-formed XHTML, and its style sheet."""

    html: Annotated[Source, StringConstraints(min_length=1, max_length=LONGEST_PAGE)]
    css: Annotated[Source, StringConstraints(max_length=LONGEST_STYLE)] = ""


class MailContent(Strict):
    """A mail in one language."""

    subject: Annotated[Source, StringConstraints(min_length=1, max_length=LONGEST_SUBJECT)]
    text: Annotated[Source, StringConstraints(min_length=1, max_length=LONGEST_MAIL)]
    html: Annotated[Source, StringConstraints(min_length=1, max_length=LONGEST_MAIL)] | None = None


Mails = Annotated[dict[Language, MailContent], Field(min_length=1, max_length=MOST_LANGUAGES)]


class NewPage(Strict):
    """A new version of the page."""

    content: PageContent
    note: Note | None = None


class NewMail(Strict):
    """A new version of the mail."""

    content: Mails
    note: Note | None = None


class ActiveVersion(Strict):
    """Which version documents are issued with from now on."""

    version: Version


class TemplateSummary(Body):
    """A version, without its content."""

    kind: TemplateKind
    version: int
    active: bool
    sha256: str
    note: str | None
    created_at: datetime
    created_by: str


class TemplateAnswer(TemplateSummary):
    """A version."""

    content: dict[str, Any]


class TemplateList(Body):
    """All versions of a kind, the newest first."""

    kind: TemplateKind
    active: int | None
    """Its version; absent: the service's own template."""
    versions: list[TemplateSummary]


class StartingPoint(Body):
    """The service's own template as the content of a new version."""

    kind: TemplateKind
    content: dict[str, Any]


def kind_of(name: str) -> TemplateKind:
    """The kind that a path names, in any case.

    Raises:
        ApiError: 404.
    """
    try:
        return TemplateKind(name.upper())
    except ValueError:
        raise ApiError(404, f"There are templates of the kinds {', '.join(TemplateKind)}", field="kind") from None


def read_new(kind: TemplateKind, data: object) -> tuple[Content, str | None]:
    """Content and note of a new version.

    Raises:
        ApiError: 400, every member that is wrong.
    """
    if kind is TemplateKind.DOCUMENT:
        page = read_body(NewPage, data, REFUSAL)
        return page.content.model_dump(), page.note
    new = read_body(NewMail, data, REFUSAL)
    return {language: mail.model_dump(exclude_none=True) for language, mail in new.content.items()}, new.note


def read_content(kind: TemplateKind, content: object) -> Content:
    """Content that stands alone.

    Raises:
        ApiError: 400, every member that is wrong.
    """
    return read_new(kind, {"content": content})[0]


def version_of(text: str) -> int:
    """The version that a path names.

    Raises:
        ApiError: 404.
    """
    try:
        return TypeAdapter(Annotated[int, Field(ge=1, le=2**31)]).validate_python(text)
    except ValidationError:
        raise no_such_version() from None


def no_such_version() -> ApiError:
    """Of a version that the tenant does not have."""
    return ApiError(404, "There is no such version of the template", field="version")


def summary(row: DocumentTemplate, active: DocumentTemplate | None) -> TemplateSummary:
    """A version, without its content."""
    return TemplateSummary(**_shown(row, active))


def answer_of(row: DocumentTemplate, active: DocumentTemplate | None) -> TemplateAnswer:
    """A version."""
    return TemplateAnswer(**_shown(row, active), content=row.content)


def _shown(row: DocumentTemplate, active: DocumentTemplate | None) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "version": row.version,
        "active": active is not None and active.id == row.id,
        "sha256": row.sha256,
        "note": row.note,
        "created_at": row.created_at,
        "created_by": row.created_by,
    }
