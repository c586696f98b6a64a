"""Alembic migrations, run by `invoices migrate`."""
