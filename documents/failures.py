"""How making a document can fail. No message carries personal data: it ends in logs and in Temporal."""


class TemplateFailed(Exception):
    """The invoice cannot be set with this template; trying again gives the same, a person must look."""


class StructuredInvoiceInvalid(TemplateFailed):
    """What was made is not the structured invoice that its schema asks for."""


class RendererDied(Exception):
    """The process that made the PDF is gone; another may succeed."""


class RenderTimedOut(RendererDied):
    """The process took too long over one PDF and was stopped."""
