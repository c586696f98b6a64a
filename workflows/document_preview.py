"""Something to look at before it exists, made where documents are made.

The API has no templates, and a stranger's must not run in it.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.preview_document import PreviewDocumentActivities
    from contracts import steps
    from contracts.preview import PreviewRef
    from contracts.search_attributes import INVOICE_STATUS


@workflow.defn
class DocumentPreview:
    """Id `preview/{tenant}/{preview id}`. Nobody asks twice: what is not made in time is asked for anew."""

    @workflow.run
    async def run(self, preview: PreviewRef) -> None:
        """Make it. Its faults are in its row; a workflow that fails has made nothing."""
        try:
            await workflow.execute_activity_method(
                PreviewDocumentActivities.preview_document, preview, **steps.PREVIEW_DOCUMENT
            )
        except ActivityError:
            workflow.upsert_search_attributes([INVOICE_STATUS.value_set("FAILURE")])
            raise
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("SUCCESS")])
