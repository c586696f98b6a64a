"""What the API answers, as far as the demo reads it."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class Answer(BaseModel):
    """A body in camelCase; members that we do not read are passed over."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)


class TokenAnswer(BaseModel):
    """Answer of the token endpoint; `expires_in` in seconds."""

    access_token: str = Field(repr=False)
    expires_in: int


class JobCreated(Answer):
    """Answer to a new job."""

    job_id: str


class JobOrder(Answer):
    """How one order of a job stands; `total_amount` is with tax."""

    order_id: str
    order_status: Literal["PENDING", "SUCCESS", "FAILURE"]
    message: str | None = None
    download_link: str | None = None
    invoice_number: str | None = None
    total_amount: Decimal | None = None
    currency: str | None = None
    step: str | None = None
    reason: str | None = None
    held: bool = False


class JobCounts(Answer):
    """Orders by state."""

    total: int
    success: int
    failure: int
    held: int
    pending: int

    @property
    def settled(self) -> int:
        """Orders that have ended or wait for a person."""
        return self.total - self.pending


class JobView(Answer):
    """A job with a page of its orders."""

    job_id: str
    job_status: Literal["IN_PROGRESS", "DONE"]
    counts: JobCounts
    message: str | None = None
    orders: tuple[JobOrder, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self.job_status == "DONE"
