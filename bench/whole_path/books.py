"""What a measurement has left in the database: how long the jobs took, when each mail was sent, the invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.invoices import MailState
from database.tables import IssuedInvoice, Job, JobItem, MailDelivery
from invoicing.invoice import Invoice


@dataclass(frozen=True)
class JobTimes:
    """From the first job's acceptance to the last one's end."""

    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.began).total_seconds()


async def job_times(session: AsyncSession, job_ids: Sequence[UUID]) -> JobTimes:
    """When jobs that have ended began and ended."""
    found = (await session.scalars(select(Job).where(Job.id.in_(job_ids)))).all()
    return JobTimes(
        began=min(job.created_at for job in found),
        ended=max(job.finished_at for job in found if job.finished_at),
    )


async def seconds_to_mail(session: AsyncSession, job_ids: Sequence[UUID]) -> list[float]:
    """Of every order whose mail was taken by the mail server: the time from its job's acceptance to that."""
    statement = (
        select(MailDelivery.updated_at, Job.created_at)
        .select_from(JobItem)
        .join(Job, Job.id == JobItem.job_id)
        .join(MailDelivery, MailDelivery.invoice_id == JobItem.invoice_id)
        .where(JobItem.job_id.in_(job_ids), MailDelivery.state == MailState.SENT)
    )
    return sorted((sent - began).total_seconds() for sent, began in await session.execute(statement))


async def invoices_of(session: AsyncSession, job_ids: Sequence[UUID], most: int) -> list[Invoice]:
    """At most so many invoices of jobs: short and long ones in the same proportion as among all of them."""
    statement = (
        select(IssuedInvoice.id)
        .join(JobItem, JobItem.invoice_id == IssuedInvoice.id)
        .where(JobItem.job_id.in_(job_ids))
        .order_by(func.jsonb_array_length(IssuedInvoice.document["lines"]), IssuedInvoice.number)
    )
    ids = (await session.scalars(statement)).all()
    chosen = evenly(ids, most)
    documents = await session.scalars(select(IssuedInvoice.document).where(IssuedInvoice.id.in_(chosen)))
    return [Invoice.model_validate(document) for document in documents]


def evenly(ids: Sequence[UUID], most: int) -> list[UUID]:
    """At most `most` of them, from the middle of equal stretches."""
    if len(ids) <= most:
        return list(ids)
    stretch = len(ids) / most
    return [ids[int((index + 0.5) * stretch)] for index in range(most)]
