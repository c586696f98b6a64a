"""Why the demo cannot go on."""


class DemoFailed(Exception):
    """One sentence for a person, with what to do next; no traceback helps."""
