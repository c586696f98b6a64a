"""Who may call what: tokens, tenants, scopes, and logins that failed."""
