"""Task queues."""

ORDERS = "invoices"
"""Workflows and every activity but rendering."""

RENDERING = "invoices-rendering"
"""PDF creation: processor-bound, in warm processes of its own, so that nothing else waits behind it."""
