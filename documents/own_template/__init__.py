"""Templates that tenants write: Jinja2 and CSS by strangers, filled in without trusting them.

What may stand in one is in `grammar` and `sandbox`, what they see in `values`, what must come out in `xhtml` and
`style_sheet`. Nothing here is told of a document's content: a fault quotes the template.
"""

from documents.own_template.failure import OwnTemplateFailed
from documents.own_template.mail import render_mail_text
from documents.own_template.memory import BoundedMemory
from documents.own_template.page import own_page_html

__all__ = [
    "BoundedMemory",
    "OwnTemplateFailed",
    "own_page_html",
    "render_mail_text",
]
