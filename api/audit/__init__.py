"""Proof of what was issued, and who did what."""
