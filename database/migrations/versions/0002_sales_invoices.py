"""Sales invoices: drafts, balances and neighbours of issued invoices, credit notes, the audit trail, the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("invoice_documents", "payments", "payment_items", "audit_events")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_audit_events_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
    )
    op.create_index("ix_audit_events_document", "audit_events", ["tenant", "document", "id"], unique=False)
    op.create_index("ix_audit_events_newest", "audit_events", ["tenant", sa.literal_column("id DESC")], unique=False)
    op.create_table(
        "code_counters",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_code_counters_tenant")),
        sa.PrimaryKeyConstraint("tenant", "prefix", name=op.f("pk_code_counters")),
    )
    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_contacts_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_contacts_tenant_code")),
    )
    op.create_table(
        "idempotent_requests",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_idempotent_requests_tenant")),
        sa.PrimaryKeyConstraint("tenant", "operation", "key", name=op.f("pk_idempotent_requests")),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("document_date", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_payments_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_payments_tenant_code")),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_products_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_products_tenant_code")),
    )
    op.create_table(
        "taxes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("percent", sa.Numeric(), nullable=False),
        sa.Column("tax_category", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_taxes_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_taxes")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_taxes_tenant_code")),
    )
    op.create_table(
        "workflow_starts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_workflow_starts_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workflow_starts")),
    )
    op.create_index(
        "ix_workflow_starts_pending",
        "workflow_starts",
        ["created_at"],
        unique=False,
        postgresql_where=sa.text("started_at IS NULL"),
    )
    op.create_table(
        "mail_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("recipients", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("cc", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("bcc", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("sender_name", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_mail_requests_invoice_id")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_mail_requests_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_requests")),
    )
    op.create_index(op.f("ix_mail_requests_invoice_id"), "mail_requests", ["invoice_id"], unique=False)
    op.create_table(
        "sales_invoices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("contact_code", sa.Text(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("purchase_order_reference", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("invoice_date", sa.Date(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("total", sa.Numeric(), nullable=False),
        sa.Column("tax", sa.Numeric(), nullable=False),
        sa.Column("total_in_base", sa.Numeric(), nullable=True),
        sa.Column("prepaid", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("received", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("credited", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("withheld", sa.Numeric(), server_default="0", nullable=False),
        sa.Column(
            "due",
            sa.Numeric(),
            sa.Computed("GREATEST(total - prepaid - received - credited - withheld, 0)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "credited_in_full",
            sa.Boolean(),
            sa.Computed("credited > 0 AND credited >= total", persisted=True),
            nullable=False,
        ),
        sa.Column("payment_status", sa.Text(), nullable=False),
        sa.Column("fulfillment_status", sa.Text(), nullable=False),
        sa.Column("fulfillment_type", sa.Text(), server_default="NONE", nullable=False),
        sa.Column("memo", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recurring", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("recurring_activated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("occurrence", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(status = 'DRAFT') = (invoice_id IS NULL)", name=op.f("ck_sales_invoices_drafts_are_not_issued")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_sales_invoices_invoice_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["sales_invoices.id"], name=op.f("fk_sales_invoices_parent_id")),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_sales_invoices_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_invoices")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_sales_invoices_invoice_id")),
        sa.UniqueConstraint("parent_id", "occurrence", name=op.f("uq_sales_invoices_parent_id_occurrence")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_sales_invoices_tenant_code")),
    )
    op.create_index("ix_sales_invoices_contact", "sales_invoices", ["tenant", "contact_code", "id"], unique=False)
    op.create_index("ix_sales_invoices_date", "sales_invoices", ["tenant", "invoice_date", "id"], unique=False)
    op.create_index("ix_sales_invoices_due_date", "sales_invoices", ["tenant", "due_date", "id"], unique=False)
    op.create_index("ix_sales_invoices_newest", "sales_invoices", ["tenant", "id"], unique=False)
    op.create_index(
        "ix_sales_invoices_linked_documents",
        "sales_invoices",
        [sa.text("(details -> 'linkedDocuments')")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_sales_invoices_status", "sales_invoices", ["tenant", "status", "id"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("sales_invoice_id", sa.BigInteger(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sales_invoice_id"],
            ["sales_invoices.id"],
            name=op.f("fk_attachments_sales_invoice_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_attachments_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_sales_invoice_id"), "attachments", ["sales_invoice_id"], unique=False)
    op.create_table(
        "fulfillments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sales_invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfillment_date", sa.Date(), nullable=False),
        sa.Column("fulfillment_type", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sales_invoice_id"], ["sales_invoices.id"], name=op.f("fk_fulfillments_sales_invoice_id")
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_fulfillments_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillments")),
        sa.UniqueConstraint("tenant", "code", name=op.f("uq_fulfillments_tenant_code")),
    )
    op.create_index(op.f("ix_fulfillments_sales_invoice_id"), "fulfillments", ["sales_invoice_id"], unique=False)
    op.create_table(
        "payment_items",
        sa.Column("payment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("sales_invoice_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("exchange_rate", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_items_payment_id")),
        sa.ForeignKeyConstraint(
            ["sales_invoice_id"], ["sales_invoices.id"], name=op.f("fk_payment_items_sales_invoice_id")
        ),
        sa.PrimaryKeyConstraint("payment_id", "position", name=op.f("pk_payment_items")),
    )
    op.create_index(op.f("ix_payment_items_sales_invoice_id"), "payment_items", ["sales_invoice_id"], unique=False)
    op.create_table(
        "recurrences",
        sa.Column("sales_invoice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("every", sa.BigInteger(), nullable=False),
        sa.Column("frequency", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        sa.Column("active_from", sa.Date(), nullable=True),
        sa.Column("credit_accepted", sa.Numeric(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["sales_invoice_id"],
            ["sales_invoices.id"],
            name=op.f("fk_recurrences_sales_invoice_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sales_invoice_id", name=op.f("pk_recurrences")),
    )
    op.create_table(
        "fulfillment_items",
        sa.Column("fulfillment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_code", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fulfillment_id"],
            ["fulfillments.id"],
            name=op.f("fk_fulfillment_items_fulfillment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("fulfillment_id", "item_code", name=op.f("pk_fulfillment_items")),
    )
    op.add_column("effects", sa.Column("order_round", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("effects", sa.Column("credit_note_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_effects_credit_note_id"), "effects", ["credit_note_id"], unique=False)
    op.create_foreign_key(op.f("fk_effects_credit_note_id"), "effects", "invoices", ["credit_note_id"], ["id"])
    op.add_column("order_snapshots", sa.Column("order_round", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("invoices", sa.Column("order_round", sa.BigInteger(), server_default="0", nullable=True))
    op.alter_column("invoices", "order_round", server_default=None)
    op.add_column("invoices", sa.Column("corrects", sa.Uuid(), nullable=True))
    op.alter_column("invoices", "order_id", existing_type=sa.TEXT(), nullable=True)
    op.alter_column("invoices", "schema_id", existing_type=sa.UUID(), nullable=True)
    op.alter_column("invoices", "counter", existing_type=sa.BIGINT(), nullable=True)
    op.drop_constraint(op.f("uq_invoices_tenant_order_id_kind"), "invoices", type_="unique")
    op.create_index(op.f("ix_invoices_corrects"), "invoices", ["corrects"], unique=False)
    op.create_index(
        "uq_invoices_order_round",
        "invoices",
        ["tenant", "order_id", "order_round"],
        unique=True,
        postgresql_where=sa.text("kind = 'INVOICE'"),
    )
    op.create_foreign_key(op.f("fk_invoices_corrects"), "invoices", "invoices", ["corrects"], ["id"])
    op.create_check_constraint("place_in_series", "invoices", "(schema_id IS NULL) = (counter IS NULL)")
    op.create_check_constraint("credit_note_corrects", "invoices", "(kind = 'CREDIT_NOTE') = (corrects IS NOT NULL)")
    op.create_check_constraint(
        "order_round", "invoices", "(kind = 'INVOICE' AND order_id IS NOT NULL) = (order_round IS NOT NULL)"
    )
    refuse_changes()
    enter_issued_invoices()


def refuse_changes() -> None:
    """What proves something is only added to; what an issued invoice came to does not change."""
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_never_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        """
        CREATE TRIGGER sales_invoices_stay BEFORE DELETE ON sales_invoices
        FOR EACH ROW WHEN (OLD.invoice_id IS NOT NULL) EXECUTE FUNCTION refuse_change()
        """
    )
    op.execute(
        """
        CREATE TRIGGER sales_invoices_never_truncate BEFORE TRUNCATE ON sales_invoices
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
    )
    op.execute(
        """
        CREATE TRIGGER sales_invoices_keep_what_was_issued BEFORE UPDATE ON sales_invoices
        FOR EACH ROW WHEN (
            OLD.invoice_id IS NOT NULL AND (
                NEW.received < OLD.received OR NEW.credited < OLD.credited OR
                (OLD.invoice_id, OLD.tenant, OLD.code, OLD.currency, OLD.invoice_date, OLD.due_date, OLD.total, OLD.tax,
                 OLD.total_in_base, OLD.prepaid, OLD.withheld, OLD.contact_code, OLD.contact_name,
                 OLD.purchase_order_reference, OLD.parent_id, OLD.occurrence, OLD.created_at, OLD.created_by,
                 OLD.details - 'attachments' - 'attachmentIds')
                IS DISTINCT FROM
                (NEW.invoice_id, NEW.tenant, NEW.code, NEW.currency, NEW.invoice_date, NEW.due_date, NEW.total, NEW.tax,
                 NEW.total_in_base, NEW.prepaid, NEW.withheld, NEW.contact_code, NEW.contact_name,
                 NEW.purchase_order_reference, NEW.parent_id, NEW.occurrence, NEW.created_at, NEW.created_by,
                 NEW.details - 'attachments' - 'attachmentIds')
            )
        ) EXECUTE FUNCTION refuse_change()
        """
    )


def enter_issued_invoices() -> None:
    """Invoices of orders that were issued before there were sales invoices."""
    op.execute(
        """
        INSERT INTO sales_invoices (
            tenant, code, status, invoice_id, contact_name, currency, invoice_date, total, tax, prepaid, payment_status,
            fulfillment_status, details, created_by, updated_by, created_at, updated_at
        )
        SELECT tenant, number, CASE WHEN payable > 0 THEN 'OPEN' ELSE 'CLOSED' END, id,
               document #>> '{buyer,name}', currency, issue_date,
               total, tax,
               total - payable,
               CASE WHEN payable <= 0 THEN 'RECEIVED' WHEN payable < total THEN 'PARTIAL' ELSE 'PENDING' END,
               'UNFULFILLED', '{}', 'migration', 'migration', issued_at, issued_at
        FROM invoices ORDER BY issued_at
        """
    )


def downgrade() -> None:
    """Take back. Needs invoices without credit notes, opening invoices and orders invoiced twice."""
    op.execute("DROP TRIGGER invoice_documents_never_change ON invoice_documents")
    op.execute("DROP TRIGGER invoice_documents_never_truncate ON invoice_documents")
    op.drop_constraint(op.f("ck_invoices_order_round"), "invoices", type_="check")
    op.drop_constraint(op.f("ck_invoices_place_in_series"), "invoices", type_="check")
    op.drop_constraint(op.f("ck_invoices_credit_note_corrects"), "invoices", type_="check")
    op.drop_constraint(op.f("fk_invoices_corrects"), "invoices", type_="foreignkey")
    op.drop_index("uq_invoices_order_round", table_name="invoices", postgresql_where=sa.text("kind = 'INVOICE'"))
    op.drop_index(op.f("ix_invoices_corrects"), table_name="invoices")
    op.create_unique_constraint(
        op.f("uq_invoices_tenant_order_id_kind"),
        "invoices",
        ["tenant", "order_id", "kind"],
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column("invoices", "counter", existing_type=sa.BIGINT(), nullable=False)
    op.alter_column("invoices", "schema_id", existing_type=sa.UUID(), nullable=False)
    op.alter_column("invoices", "order_id", existing_type=sa.TEXT(), nullable=False)
    op.drop_column("invoices", "corrects")
    op.drop_column("invoices", "order_round")
    op.drop_column("order_snapshots", "order_round")
    op.drop_constraint(op.f("fk_effects_credit_note_id"), "effects", type_="foreignkey")
    op.drop_index(op.f("ix_effects_credit_note_id"), table_name="effects")
    op.drop_column("effects", "credit_note_id")
    op.drop_column("effects", "order_round")
    op.drop_table("fulfillment_items")
    op.drop_table("recurrences")
    op.drop_index(op.f("ix_payment_items_sales_invoice_id"), table_name="payment_items")
    op.drop_table("payment_items")
    op.drop_index(op.f("ix_fulfillments_sales_invoice_id"), table_name="fulfillments")
    op.drop_table("fulfillments")
    op.drop_index(op.f("ix_attachments_sales_invoice_id"), table_name="attachments")
    op.drop_table("attachments")
    op.drop_index("ix_sales_invoices_status", table_name="sales_invoices")
    op.drop_index("ix_sales_invoices_date", table_name="sales_invoices")
    op.drop_index("ix_sales_invoices_due_date", table_name="sales_invoices")
    op.drop_index("ix_sales_invoices_newest", table_name="sales_invoices")
    op.drop_index("ix_sales_invoices_linked_documents", table_name="sales_invoices", postgresql_using="gin")
    op.drop_index("ix_sales_invoices_contact", table_name="sales_invoices")
    op.drop_table("sales_invoices")
    op.drop_index(op.f("ix_mail_requests_invoice_id"), table_name="mail_requests")
    op.drop_table("mail_requests")
    op.drop_index(
        "ix_workflow_starts_pending", table_name="workflow_starts", postgresql_where=sa.text("started_at IS NULL")
    )
    op.drop_table("workflow_starts")
    op.drop_table("taxes")
    op.drop_table("products")
    op.drop_table("payments")
    op.drop_table("idempotent_requests")
    op.drop_table("contacts")
    op.drop_table("code_counters")
    op.drop_index("ix_audit_events_newest", table_name="audit_events")
    op.drop_index("ix_audit_events_document", table_name="audit_events")
    op.drop_table("audit_events")
