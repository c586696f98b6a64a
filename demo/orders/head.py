"""Who ordered, when, and how it is paid and delivered: everything of an order that is no figure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

TRANSACTIONS = UUID("5a1c0d5e-8f0b-4f0e-9a43-0d7f6c1b2e9a")
"""Namespace of our transaction ids."""
DELIVERY_SLOT = timedelta(hours=4)


def transaction_id(order_id: str) -> str:
    """The payment transaction of an order: always the same, unique to the order.

    >>> transaction_id("EON9005") == transaction_id("EON9005") != transaction_id("EON9005-r2")
    True
    """
    return str(uuid5(TRANSACTIONS, order_id))


class Payment(StrEnum):
    """How an order is paid."""

    CARD = "card"
    ON_ACCOUNT = "on account"


@dataclass(frozen=True)
class Address:
    """A postal address; `state` only where the country's addresses have one."""

    street: str
    number: str
    zip_code: str
    city: str
    country: str
    state: str | None = None


@dataclass(frozen=True)
class Customer:
    """An invented person, or a company with its contact; `language` is the preferred one, if the customer said so."""

    number: int
    first_name: str
    last_name: str
    email: str
    address: Address
    company: str | None = None
    language: str | None = None

    @property
    def name(self) -> str:
        """First name, then last name."""
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True)
class Delivery:
    """When the goods came (end of the slot, in the site's time zone), and which members of the order tell it."""

    ended: datetime
    in_window: bool = True
    in_mixin: bool = True

    @property
    def began(self) -> datetime:
        """Start of the slot, on the same day."""
        return max(self.ended - DELIVERY_SLOT, self.ended.replace(hour=0, minute=0))


@dataclass(frozen=True)
class Head:
    """An order without its basket; `extended_status` is the shop's own two-digit state."""

    order_id: str
    site: str
    customer: Customer
    created: datetime
    delivery: Delivery | None
    payment: Payment = Payment.CARD
    status: str = "CONFIRMED"
    extended_status: str = "50"
    shipping_address: Address | None = None
    languages: tuple[str, ...] = ("de", "en")
