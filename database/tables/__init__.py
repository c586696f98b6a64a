"""The tables. Every row belongs to a tenant; amounts are `numeric`, instants `timestamptz` in UTC."""

from database.tables.audit import AuditEvent
from database.tables.base import NOW, JsonObject, Table
from database.tables.documents import ActiveTemplate, DocumentPreview, DocumentTemplate
from database.tables.effects import Effect, IdempotentRequest, RateSlot, WorkflowStart
from database.tables.invoices import InvoiceDocument, IssuedInvoice
from database.tables.jobs import Job, JobItem, OrderSnapshot
from database.tables.mails import MailDelivery, MailRecipient, MailRequest
from database.tables.master_data import Contact, Product, Tax
from database.tables.payments import PaymentItem, ReceivedPayment
from database.tables.sales_invoices import Attachment, Fulfillment, FulfillmentItem, Recurrence, SalesInvoice
from database.tables.series import CodeCounter, DrawnNumber, SequenceSchema
from database.tables.tenants import AccessToken, ApiClient, Configuration, Site, SiteMixin, Tenant

__all__ = [
    "NOW",
    "AccessToken",
    "ActiveTemplate",
    "ApiClient",
    "Attachment",
    "AuditEvent",
    "CodeCounter",
    "Configuration",
    "Contact",
    "DocumentPreview",
    "DocumentTemplate",
    "DrawnNumber",
    "Effect",
    "Fulfillment",
    "FulfillmentItem",
    "IdempotentRequest",
    "InvoiceDocument",
    "IssuedInvoice",
    "Job",
    "JobItem",
    "JsonObject",
    "MailDelivery",
    "MailRecipient",
    "MailRequest",
    "OrderSnapshot",
    "PaymentItem",
    "Product",
    "RateSlot",
    "ReceivedPayment",
    "Recurrence",
    "SalesInvoice",
    "SequenceSchema",
    "Site",
    "SiteMixin",
    "Table",
    "Tax",
    "Tenant",
    "WorkflowStart",
]
