"""Errors of the API: raised once, answered in the body of each dialect."""
