"""Settings of a tenant and its sites, checked where they are set."""
