"""Mails of documents, and those that came back."""
