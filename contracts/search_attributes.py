"""Search attributes: one registry, read by `invoices migrate` and by the workflows. Ids only, nothing personal."""

from temporalio.common import SearchAttributeKey

TENANT = SearchAttributeKey.for_keyword("Tenant")
JOB_ID = SearchAttributeKey.for_keyword("JobId")
ORDER_ID = SearchAttributeKey.for_keyword("OrderId")
INVOICE_STATUS = SearchAttributeKey.for_keyword("InvoiceStatus")
"""RUNNING or DONE of a job; RUNNING, HELD or DONE of a recurrence.

Of an order HELD, RUNNING once it is released, SUCCESS after that, FAILURE; one that went straight to its invoice has
none: its workflow has completed, and writing the same here would cost an event and a visibility record an order.
"""

ALL = (TENANT, JOB_ID, ORDER_ID, INVOICE_STATUS)
