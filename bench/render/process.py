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

OURS = ("full", "plain")
"""These collect garbage as `documents.render_process` does, between documents; it counts as part of each."""


def main() -> None:
    """Answer until standard input closes."""
    make = contestant(sys.argv[1])
    make(invoice(10))
    is_ours = sys.argv[1].startswith(OURS)
    if is_ours:
        gc.collect()
        gc.freeze()
        gc.disable()
    for request in sys.stdin:
        lines, first, count = map(int, request.split())
        costs = []
        for serial in range(first, first + count):
            wanted = invoice(lines, serial)
            began = time.process_time()
            make(wanted)
            if is_ours:
                gc.collect()
            costs.append(time.process_time() - began)
        print(json.dumps({"seconds": costs, "resident": _resident()}), flush=True)


def _resident() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    return 1024 * int(next(line.split()[1] for line in status if line.startswith("VmRSS:")))


if __name__ == "__main__":
    main()
