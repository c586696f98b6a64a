"""The documentation page and its examples."""
