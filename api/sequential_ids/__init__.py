"""The Sequential ID service (Emporix A.3)."""
