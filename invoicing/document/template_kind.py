"""What tenants can have templates of their own for."""

from enum import StrEnum


class TemplateKind(StrEnum):
    """What a template makes; each kind has versions of its own."""

    DOCUMENT = "DOCUMENT"
    """The page: content `html` and `css`."""
    MAIL = "MAIL"
    """The words of the mail: content by language (ISO 639-1), each `subject`, `text` and, where wanted, `html`."""
