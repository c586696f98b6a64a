"""Message of the workflow `DocumentPreview`."""

from uuid import UUID

from contracts.message import Message


class PreviewRef(Message):
    """A preview that is wanted (`document_previews`): its row says what of, and takes what was made."""

    tenant: str
    preview_id: UUID
