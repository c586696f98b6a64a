"""Credit notes, of sales invoices and of orders' invoices."""
