"""Files that are kept with sales invoices."""
