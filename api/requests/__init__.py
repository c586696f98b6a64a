"""How requests are read: JSON, members, repeated requests."""
