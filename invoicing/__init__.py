"""The domain: money, tax, orders, invoices, numbers. Pure: no I/O, no clock, no framework but pydantic."""
