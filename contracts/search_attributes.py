"""Search attributes: one registry, read by `invoices migrate` and by the workflows. Ids only, nothing personal."""

from temporalio.common import SearchAttributeKey

TENANT = SearchAttributeKey.for_keyword("Tenant")
JOB_ID = SearchAttributeKey.for_keyword("JobId")
ORDER_ID = SearchAttributeKey.for_keyword("OrderId")
INVOICE_STATUS = SearchAttributeKey.for_keyword("InvoiceStatus")
"""RUNNING, HELD, SUCCESS or FAILURE of an order; RUNNING or DONE of a job; RUNNING, HELD or DONE of a recurrence."""

ALL = (TENANT, JOB_ID, ORDER_ID, INVOICE_STATUS)
