"""The Configuration service (Emporix A.2)."""
