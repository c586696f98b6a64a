"""Schedules of automatic jobs."""
