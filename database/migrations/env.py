"""Alembic's entry: `database.migrate` hands it an open connection."""

from alembic import context

from database.tables import Table

context.configure(connection=context.config.attributes["connection"], target_metadata=Table.metadata)
with context.begin_transaction():
    context.run_migrations()
