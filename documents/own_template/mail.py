"""The words of a mail by a tenant's own template."""

from collections.abc import Mapping

from documents.own_template.filling import filling
from documents.own_template.values import shown

MOST_WORK = 1_000_000
"""Characters and steps of a mail, which the worker fills in itself: a tenth of a second. To read and judge a source of
the greatest length takes most of a second more, once."""


def render_mail_text(source: str, values: Mapping[str, object], *, is_html: bool = False, part: str = "mail") -> str:
    """The text that a template makes of these values.

    Args:
        source: Jinja2, as for a page.
        values: what it is shown, by the names that it uses: data classes, texts, lists of them.
        is_html: what it prints is escaped.
        part: what it is called where its faults are told, `de.subject`.

    Raises:
        OwnTemplateFailed: the template is at fault; each fault is told with its line.
    """
    shapes = tuple((name, type(value)) for name, value in sorted(values.items()))
    ready = filling(part, source, shapes, is_html=is_html)
    return ready.filled({name: shown(value) for name, value in values.items()}, MOST_WORK)
