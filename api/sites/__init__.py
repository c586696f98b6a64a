"""The Site Settings service (Emporix A.4)."""
