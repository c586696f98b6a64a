"""The base of every value in the domain."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: it cannot change, equals its equals, and ignores members it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")
