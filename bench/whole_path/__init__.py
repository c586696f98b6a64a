"""Orders become invoices on the whole service, and every part's cost is measured: `python -m bench.whole_path`."""
