"""Whose work goes first where it queues: what is small before what is large, and among equals the tenants take turns.

A workflow is started with both, its urgency and its tenant; its children, its activities and the runs that it continues
as inherit them. Temporal keeps to the urgency by itself, to the turns where `matching.enableFairness` is set.
"""

from enum import IntEnum

from temporalio.common import Priority

FEW_ORDERS = 50
"""A job of so many orders is done in seconds: it need not wait for one that takes hours."""


class Urgency(IntEnum):
    """Temporal's priority keys: a lower one goes first, whoever else waits."""

    AWAITED = 1
    """One document, mail or credit note that somebody has just asked for."""
    FEW = 2
    """A job of few orders."""
    USUAL = 3
    """What says nothing of itself."""
    MANY = 4
    """A job of many orders, or of nobody knows how many."""


def urgency_of_job(orders: int | None) -> Urgency:
    """By the number of its orders; None: not known yet."""
    return Urgency.FEW if orders is not None and orders <= FEW_ORDERS else Urgency.MANY


def share(tenant: str, urgency: Urgency) -> Priority:
    """What a workflow of this tenant is started with."""
    return Priority(priority_key=urgency, fairness_key=tenant)
