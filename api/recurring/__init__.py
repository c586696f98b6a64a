"""Recurring invoices (Deskera B.2, B.7)."""
