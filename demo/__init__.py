"""The service on one machine: an embedded stack, and a sample shop to invoice for."""
