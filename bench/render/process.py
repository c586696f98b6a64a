"""`python -m bench.render.process NAME`: sets invoices on demand, and says what each has cost.

A line on standard input is `LINES FIRST COUNT`: so many invoices of so many lines, from that serial number on. The
answer is a line of JSON: CPU seconds and pages of each, and the resident memory afterwards, in bytes.
"""

import gc
import json
import sys
import time
from pathlib import Path

from bench.render.content import invoice
from bench.render.contestants import contestant


def main() -> None:
    """Answer until standard input closes."""
    make = contestant(sys.argv[1])
    make(invoice(10))
    if sys.argv[1] in {"full", "plain"}:  # as a render process does
        gc.collect()
        gc.freeze()
    for request in sys.stdin:
        lines, first, count = map(int, request.split())
        costs = []
        for serial in range(first, first + count):
            wanted = invoice(lines, serial)
            began = time.process_time()
            make(wanted)
            costs.append(time.process_time() - began)
        print(json.dumps({"seconds": costs, "resident": _resident()}), flush=True)


def _resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return 1024 * int(next(line.split()[1] for line in status if line.startswith("VmRSS:")))


if __name__ == "__main__":
    main()
