"""Jobs that are steered: paused, cancelled, tried again, dry, scheduled; and limits on calls downstream."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

VACUUMED = ("autovacuum_vacuum_scale_factor", "autovacuum_vacuum_insert_scale_factor")
LISTED = (("ix_jobs_unfinished", "finished_at IS NULL"), ("ix_jobs_cancelled", "cancelled_at IS NOT NULL"))


def upgrade() -> None:
    """Apply."""
    for name in ("paused_at", "cancelled_at", "query_time", "searched_at"):
        op.add_column("jobs", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column("jobs", sa.Column("dry_run", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("jobs", sa.Column("concurrency", sa.BigInteger(), nullable=True))
    op.add_column("jobs", sa.Column("schedule", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("search_cursor", sa.Text(), nullable=True))
    op.create_index("ix_jobs_open", "jobs", ["started_at"], postgresql_where=sa.text("finished_at IS NULL"))
    for name, condition in LISTED:
        op.create_index(name, "jobs", ["tenant", sa.text("created_at DESC"), "id"], postgresql_where=sa.text(condition))
    # Counts of a large job are read from an index; that is fast only where the table was vacuumed of late.
    op.execute(f"ALTER TABLE job_items SET ({', '.join(f'{name} = 0.02' for name in VACUUMED)})")
    op.add_column("job_items", sa.Column("total", sa.Numeric(), nullable=True))
    op.add_column("job_items", sa.Column("currency", sa.Text(), nullable=True))
    op.create_index(
        "ix_job_items_pending",
        "job_items",
        ["tenant", "job_id", "position"],
        postgresql_where=sa.text("state = 'PENDING'"),
    )
    op.create_index(
        "ix_job_items_held", "job_items", ["tenant", "order_id"], postgresql_where=sa.text("state = 'HELD'")
    )
    op.create_index(
        "ix_workflow_starts_started",
        "workflow_starts",
        ["started_at"],
        postgresql_where=sa.text("started_at IS NOT NULL"),
    )
    op.create_index("ix_idempotent_requests_created_at", "idempotent_requests", ["created_at"])
    op.create_table(
        "rate_slots",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("free_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queue_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_rate_slots")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("rate_slots")
    op.drop_index("ix_idempotent_requests_created_at", table_name="idempotent_requests")
    op.drop_index(
        "ix_workflow_starts_started", table_name="workflow_starts", postgresql_where=sa.text("started_at IS NOT NULL")
    )
    op.drop_index("ix_job_items_held", table_name="job_items", postgresql_where=sa.text("state = 'HELD'"))
    op.drop_index("ix_job_items_pending", table_name="job_items", postgresql_where=sa.text("state = 'PENDING'"))
    op.drop_column("job_items", "currency")
    op.drop_column("job_items", "total")
    op.execute("ALTER TABLE job_items RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)")
    for name, condition in LISTED:
        op.drop_index(name, table_name="jobs", postgresql_where=sa.text(condition))
    op.drop_index("ix_jobs_open", table_name="jobs", postgresql_where=sa.text("finished_at IS NULL"))
    for name in (
        "searched_at",
        "search_cursor",
        "schedule",
        "concurrency",
        "dry_run",
        "query_time",
        "cancelled_at",
        "paused_at",
    ):
        op.drop_column("jobs", name)
