"""The HTTP edge: one controller a resource, no business rule."""
