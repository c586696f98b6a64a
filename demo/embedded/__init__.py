"""PostgreSQL and Temporal from packages, started, watched and stopped as child processes of ours."""
