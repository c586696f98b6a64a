"""Orchestration only: one workflow a file."""
