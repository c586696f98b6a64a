"""What became of each mail for each of its recipients."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "mail_recipients"
ENTER_DELIVERIES = """
INSERT INTO mail_recipients (message_id, recipient, tenant, invoice_id, role, state, diagnostic, created_at, updated_at)
SELECT mail.message_id, mail.recipient, mail.tenant, mail.invoice_id, 'to',
       CASE mail.state WHEN 'SENT' THEN 'SENT' WHEN 'REFUSED' THEN 'BOUNCED' ELSE 'QUEUED' END,
       mail.message, mail.updated_at, mail.updated_at
FROM mail_deliveries AS mail
"""
ENTER_REQUESTS = """
INSERT INTO mail_recipients (message_id, recipient, tenant, invoice_id, role, state, diagnostic, created_at, updated_at)
SELECT DISTINCT ON (mail.message_id, named.recipient)
       mail.message_id, named.recipient, mail.tenant, mail.invoice_id, named.role,
       CASE mail.state WHEN 'SENT' THEN 'SENT' WHEN 'REFUSED' THEN 'BOUNCED' ELSE 'QUEUED' END,
       mail.message, mail.created_at, mail.updated_at
FROM mail_requests AS mail, LATERAL (
    SELECT unnest(mail.recipients), 'to', 1 UNION ALL
    SELECT unnest(mail.cc), 'cc', 2 UNION ALL
    SELECT unnest(mail.bcc), 'bcc', 3
) AS named (recipient, role, place)
WHERE mail.message_id IS NOT NULL
ORDER BY mail.message_id, named.recipient, named.place
"""


def upgrade() -> None:
    """Apply. Mails of the time before are entered too, so that what bounces now finds them."""
    op.create_table(
        TABLE,
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("diagnostic", sa.Text(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.code"], name=op.f("fk_mail_recipients_tenant")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_mail_recipients_invoice_id")),
        sa.PrimaryKeyConstraint("message_id", "recipient", name=op.f("pk_mail_recipients")),
    )
    op.execute(ENTER_DELIVERIES)
    op.execute(ENTER_REQUESTS)
    op.create_index(op.f("ix_mail_recipients_invoice_id"), TABLE, ["invoice_id"])
    op.create_index(
        "ix_mail_recipients_newest", TABLE, ["tenant", sa.text("created_at DESC"), "message_id", "recipient"]
    )
    op.create_index(
        "ix_mail_recipients_troubled",
        TABLE,
        ["tenant", "state", sa.text("created_at DESC")],
        postgresql_where=sa.text("state IN ('DEFERRED', 'BOUNCED')"),
    )


def downgrade() -> None:
    """Take back. What bounces have told is known from nowhere else: refuse to lose it."""
    op.execute(
        """
        DO $$ BEGIN
            IF EXISTS (SELECT FROM mail_recipients WHERE reported_at IS NOT NULL) THEN
                RAISE EXCEPTION 'bounces were taken in that the version before cannot keep';
            END IF;
        END $$
        """
    )
    op.drop_table(TABLE)
