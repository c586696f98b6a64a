"""The invoice as a document: templates, fonts, PDF."""
