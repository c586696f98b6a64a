"""A document's page by a tenant's own template."""

from collections.abc import Mapping

from documents.own_template.failure import OwnTemplateFailed
from documents.own_template.filling import filling
from documents.own_template.style_sheet import faults_in_style
from documents.own_template.values import shown
from documents.own_template.xhtml import faults_in, told, with_numbered_entities
from documents.page import Page
from documents.request import OwnTemplate

MOST_WORK = 15_000_000
"""Characters, and steps at `budget.STEP` of them: an invoice of ten thousand lines, or some two seconds of steps."""
PART = "html"
SHAPES = (("page", Page), ("logo_url", str | None), ("picture_urls", Mapping[str, str]))
"""What a page's template is shown, and the types thereof."""


def own_page_html(template: OwnTemplate, page: Page, logo_url: str | None, picture_urls: Mapping[str, str]) -> str:
    """The page, well-formed XML, that loads nothing but these pictures.

    Args:
        template: the tenant's.
        page: what is printed.
        logo_url: under what the typesetter knows the seller's logo, None without one.
        picture_urls: the same of the lines' images, by the URLs that the lines name.

    Raises:
        OwnTemplateFailed: the template is at fault; each fault is told with its line.
    """
    style_faults = faults_in_style(template.css)
    try:
        html = _sound_html(template.html, page, logo_url, picture_urls)
    except OwnTemplateFailed as failure:
        raise OwnTemplateFailed([*style_faults, *failure.faults]) from None
    if style_faults:
        raise OwnTemplateFailed(style_faults)
    return html


def _sound_html(source: str, page: Page, logo_url: str | None, picture_urls: Mapping[str, str]) -> str:
    ready = filling(PART, with_numbered_entities(source), SHAPES, is_html=True)
    values = {"page": shown(page), "logo_url": logo_url, "picture_urls": shown(picture_urls)}
    html = ready.filled(values, MOST_WORK)
    if found := faults_in(html, {*picture_urls.values(), *([logo_url] if logo_url else [])}):
        raise OwnTemplateFailed(told(PART, found, ready.filled_and_marked(values, 2 * MOST_WORK)))
    return html
