"""The sales invoice as an accounting document (Deskera B): taxes, items, fulfilment, payments, recurrence."""
