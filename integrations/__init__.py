"""The outside world, each part behind a Protocol: shop, gateway, mail, document store, logos."""
