"""What a structured invoice says beyond the printed one, and what keeps it from being made."""
