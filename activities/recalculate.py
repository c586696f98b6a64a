"""Step 2: what was ordered, at what cost, and how it is paid."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import ended, reasons
from activities.look_up_order import is_to_be_kept
from activities.sites import site_of
from contracts.failures import Reason
from contracts.order_invoice import Choice, OrderRef, Preparation
from database import audit, effects, invoices, orders
from database.audit import Deed
from database.document_finish import find_finish
from database.issuing import NO_ID, NO_NUMBER
from database.orders import Recalculation
from invoicing.invoice import Invoice
from invoicing.orders.accepted_total import AcceptedTotal
from invoicing.orders.issuing import issue_details, make_invoice
from invoicing.orders.order import Order, parse_order
from invoicing.orders.payment import plan_payment
from invoicing.orders.pricing import price_order
from invoicing.rules.all_rules import require_valid
from invoicing.site import Site, read_site

ACCEPTED = {Choice.ACCEPT_OURS: AcceptedTotal.OURS, Choice.ACCEPT_ORDERS: AcceptedTotal.ORDERS}


@dataclass(frozen=True)
class RecalculateActivities:
    sessions: async_sessionmaker[AsyncSession]
    total_tolerance_minor: int

    @activity.defn
    async def recalculate(self, order: OrderRef) -> None:
        """Price the stored order and plan its payment; both are stored beside it."""
        await self.price(Preparation(order=order))

    async def price(self, wanted: Preparation) -> None:
        """The same, by the total that a person has accepted, if one has.

        Prices by which money may have been captured are not made anew.
        """
        order = wanted.order
        async with self.sessions.begin() as session:
            await orders.lock_order(session, order.tenant, order.order_id)
            snapshot = await orders.get_order(session, order.tenant, order.order_id)
            if snapshot is None:
                raise ended(Reason.INTERNAL_ERROR, "the order has not been looked up")
            order_round = snapshot.order_round
            captured = await effects.may_have_moved_money(session, order.tenant, order.order_id, order_round)
            if snapshot.recalculation and captured:
                return
            accepted = ACCEPTED.get(wanted.accepted) if wanted.accepted else None
            with reasons():
                recalculation = await self.figures(session, order, snapshot.raw, order_round, accepted)
            await orders.save_recalculation(session, order.tenant, order.order_id, recalculation)
            await _note_acceptance(session, wanted, snapshot.recalculation, recalculation)

    async def keep_and_price(self, order: OrderRef, text: str, order_round: int) -> bool:
        """Store an order that was just read with its prices, in one transaction; without them where there are none.

        False: another attempt has brought it further, and nothing was stored.

        Raises:
            ApplicationError: it cannot be priced; the order is stored, so that a person can decide about it.
        """
        async with self.sessions.begin() as session:
            if not await is_to_be_kept(session, order, order_round):
                return False
            recalculation, failure = None, None
            try:
                with reasons():
                    recalculation = await self.figures(session, order, text, order_round)
            except ApplicationError as error:
                failure = error
            await orders.save_order(
                session, order.tenant, order.order_id, text, order_round, recalculation=recalculation
            )
        if failure is not None:
            raise failure
        return True

    async def figures(
        self,
        session: AsyncSession,
        order: OrderRef,
        text: str,
        order_round: int,
        accepted: AcceptedTotal | None = None,
    ) -> Recalculation:
        """What an order of this text costs and how it is paid, tried as an invoice; nothing is stored.

        Raises:
            The failures of `activities.failures.REASONS`.
        """
        parsed = parse_order(text)
        body = (await site_of(session, order.tenant, parsed)).body
        site = read_site(body)
        recalculation = self._recalculate(parsed, site, await _spent(session, order, order_round), accepted)
        invoice = _tried(order.tenant, parsed, recalculation, site)
        require_valid(invoice)
        (await find_finish(session, order.tenant, body)).require_complete(invoice)
        return recalculation

    def _recalculate(
        self, order: Order, site: Site, spent: Collection[str | None], accepted: AcceptedTotal | None
    ) -> Recalculation:
        priced = price_order(
            order,
            tax_inclusive=site.includes_tax,
            language=language_of(order, site),
            tolerance_minor=self.total_tolerance_minor,
            accepted=accepted,
        )
        payment = plan_payment(order, priced.totals, priced.rounding_margin, spent)
        return Recalculation(priced=priced, payment=payment, judged=True)


async def _note_acceptance(
    session: AsyncSession, wanted: Preparation, before: Recalculation | None, now: Recalculation
) -> None:
    """Who accepted which total, in the trail that explains every cent; a repeated step notes it once."""
    acceptance = now.priced.acceptance
    if acceptance is None or (before is not None and before.priced.acceptance == acceptance):
        return
    order = wanted.order
    await audit.record(
        session,
        order.tenant,
        Deed(wanted.actor or f"job:{order.job_id}", "accept-total", f"order/{order.order_id}"),
        accepted=acceptance.total,
        ours=str(acceptance.ours),
        stated=None if acceptance.stated is None else str(acceptance.stated),
        invoiced=str(now.priced.totals.total),
        currency=now.priced.currency,
        differed=acceptance.differed,
    )


async def _spent(session: AsyncSession, order: OrderRef, order_round: int) -> set[str | None]:
    """The transactions of earlier rounds: our own captures, and what had paid a credited invoice before us.

    The latter is in no ledger of ours, so the invoices are asked. None stands for payments that have no transaction.
    """
    if not order_round:
        return set()
    captures = await effects.earlier_captures(session, order.tenant, order.order_id, order_round)
    credited = await invoices.credited_of_order(session, order.tenant, order.order_id)
    ours = {capture.transaction_id for capture in captures if capture.transaction_id}
    return ours.union(*(invoice.settlement.paid_by for invoice in credited))


def _tried(tenant: str, order: Order, recalculation: Recalculation, site: Site) -> Invoice:
    """The invoice without its number: what cannot be issued must fail before the money is captured."""
    today = datetime.now(UTC).date()
    details = issue_details(
        site, recalculation.priced, tenant=tenant, invoice_id=NO_ID, number=NO_NUMBER, issue_date=today
    )
    return make_invoice(order, recalculation.priced, recalculation.payment, details)


def language_of(order: Order, site: Site) -> str:
    """The customer's preferred language, else the site's (ISO 639-1)."""
    preferred = order.customer.preferred_language if order.customer else None
    return (preferred or site.default_language)[:2].lower()
