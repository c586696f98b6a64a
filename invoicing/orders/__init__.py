"""A shop's order on its way to an invoice (Emporix A.5): parts, price, payment, number."""
