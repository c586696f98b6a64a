"""How filling in a tenant's own template fails."""

from collections.abc import Iterable

from documents.failures import TemplateFailed
from invoicing.document.template_fault import TemplateFault, written


class OwnTemplateFailed(TemplateFailed):
    """The tenant's template is at fault; the message is `invoicing.document.template_fault.written`."""

    def __init__(self, faults: Iterable[TemplateFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(written(self.faults))
