"""Jobs that make invoices of orders (Emporix A.1), the orders in them, and how both are steered."""
