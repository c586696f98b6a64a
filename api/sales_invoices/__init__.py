"""Sales invoices (Deskera B.2 to B.8)."""
