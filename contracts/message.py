"""The base of every message."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    """Messages ignore what they don't know, so that old and new workers can talk; new members need defaults."""

    model_config = ConfigDict(frozen=True, extra="ignore")
