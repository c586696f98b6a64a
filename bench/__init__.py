"""Measurements. Not installed with the service; run from the checkout: `python -m bench.random_invoices`."""
