"""What stands beside a sales invoice (Deskera B.7): contacts, products, taxes, payments, fulfilments."""
