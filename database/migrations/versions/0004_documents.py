"""Documents in several forms, templates of tenants, previews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEMPLATES = "document_templates"


def upgrade() -> None:
    """Apply."""
    # A default fills the old rows without an UPDATE, which the table refuses.
    op.add_column("invoice_documents", sa.Column("form", sa.Text(), server_default="PDF", nullable=False))
    op.alter_column("invoice_documents", "form", server_default=None)
    op.add_column("invoice_documents", sa.Column("pictures", postgresql.JSONB(), nullable=True))
    op.add_column("invoice_documents", sa.Column("retain_until", sa.Date(), nullable=True))
    _rekey("form")
    op.create_table(
        TEMPLATES,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_document_templates_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_templates")),
        sa.UniqueConstraint("tenant", "kind", "version", name=op.f("uq_document_templates_tenant_kind_version")),
    )
    op.execute(
        f"CREATE TRIGGER {TEMPLATES}_never_change BEFORE UPDATE OR DELETE ON {TEMPLATES} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {TEMPLATES}_never_truncate BEFORE TRUNCATE ON {TEMPLATES} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "active_templates",
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("activated_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_active_templates_tenant")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["document_templates.id"], name=op.f("fk_active_templates_template_id")
        ),
        sa.PrimaryKeyConstraint("tenant", "kind", name=op.f("pk_active_templates")),
    )
    op.create_table(
        "document_previews",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("request", postgresql.JSONB(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.Text(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_document_previews_tenant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_previews")),
    )
    op.create_index(op.f("ix_document_previews_created_at"), "document_previews", ["created_at"], unique=False)


def downgrade() -> None:
    """Take back. Of documents in several forms only the PDF is known to the version before: refuse to lose others."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM invoice_documents WHERE form <> 'PDF') THEN
                RAISE EXCEPTION 'documents are stored that the version before cannot name';
            END IF;
            IF EXISTS (SELECT FROM document_templates) THEN
                RAISE EXCEPTION 'documents may be issued with templates that the version before does not know';
            END IF;
        END $$
        """
    )
    op.drop_table("document_previews")
    op.drop_table("active_templates")
    op.drop_table(TEMPLATES)
    _rekey("media_type")
    for column in ("retain_until", "pictures", "form"):
        op.drop_column("invoice_documents", column)


def _rekey(column: str) -> None:
    op.drop_constraint(op.f("pk_invoice_documents"), "invoice_documents", type_="primary")
    op.create_primary_key(op.f("pk_invoice_documents"), "invoice_documents", ["invoice_id", column])
