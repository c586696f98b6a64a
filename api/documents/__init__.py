"""Documents: issued ones, previews, and tenants' templates for them."""
