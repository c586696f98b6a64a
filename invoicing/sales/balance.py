"""What is still due on an issued invoice, and what that makes of its status. Kept beside the invoice, never in it."""

from decimal import Decimal
from enum import StrEnum

from invoicing.frozen import Frozen


class InvoiceStatus(StrEnum):
    """Life of a sales invoice (Deskera B.5 INVOICE_STATUS)."""

    DRAFT = "DRAFT"
    """No number yet; may be changed and deleted."""
    OPEN = "OPEN"
    """Issued; something is due."""
    CLOSED = "CLOSED"
    """Nothing is due: paid, credited in full, or over nothing."""


class PaymentStatus(StrEnum):
    """How far it is settled (Deskera B.5 PAYMENT_STATUS)."""

    PENDING = "PENDING"
    PARTIAL = "PARTIAL"
    RECEIVED = "RECEIVED"


class Balance(Frozen):
    """The amounts that settle an invoice, all in its currency and not negative.

    `total` is BT-112 + BT-114, `prepaid` BT-113 (captured or paid before issuing), `received` the payments since,
    `credited` the totals of its credit notes.
    """

    total: Decimal
    prepaid: Decimal = Decimal(0)
    received: Decimal = Decimal(0)
    credited: Decimal = Decimal(0)
    withheld: Decimal = Decimal(0)

    @property
    def _rest(self) -> Decimal:
        return self.total - self.prepaid - self.received - self.credited - self.withheld

    @property
    def due(self) -> Decimal:
        """What the buyer still owes. An invoice over less than nothing is owed by the seller: nothing is due."""
        return max(self._rest, Decimal(0))

    @property
    def overpaid(self) -> Decimal:
        """What the seller owes back: paid, then credited."""
        return max(-self._rest, Decimal(0))

    @property
    def is_credited_in_full(self) -> bool:
        """Its credit notes come to its total: it stands no more, and what it invoiced may be invoiced again."""
        return self.credited > 0 and self.credited >= self.total

    @property
    def status(self) -> InvoiceStatus:
        """OPEN while anything is due."""
        return InvoiceStatus.OPEN if self.due else InvoiceStatus.CLOSED

    @property
    def payment_status(self) -> PaymentStatus:
        """RECEIVED when nothing is due, PARTIAL when something was settled, PENDING otherwise."""
        if not self.due:
            return PaymentStatus.RECEIVED
        settled = self.prepaid + self.received + self.credited + self.withheld
        return PaymentStatus.PARTIAL if settled else PaymentStatus.PENDING
