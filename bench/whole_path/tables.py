"""The figures for people."""

from collections.abc import Sequence

from rich.table import Table

from bench.whole_path.figures import PARTS, Figures
from bench.whole_path.machine import Machine

NONE = "-"


def figures_table(measured: Sequence[Figures], machine: Machine) -> Table:
    """A column a measurement."""
    load = ", ".join(f"{load:.2f}" for load in machine.load_before)
    table = Table(title=f"{machine.cores} cores ({machine.processor}), load before: {load}")
    table.add_column("")
    for figures in measured:
        table.add_column(f"{figures.orders} orders", justify="right")
    for name, values in _rows(measured):
        table.add_row(name, *values)
    return table


def _rows(measured: Sequence[Figures]) -> list[tuple[str, list[str]]]:
    rows = [
        ("orders a second", [f"{each.orders_per_second:.1f}" for each in measured]),
        ("render ceiling a second", [_shown(each.render_ceiling_per_second, 1) for each in measured]),
        ("ratio to render ceiling", [_shown(each.ratio_to_render_ceiling, 2) for each in measured]),
        ("PDFs' share of all CPU", [f"{each.render_share_of_cpu:.2f}" for each in measured]),
        ("cores used, and by others", [f"{each.cores_used:.2f}, {each.others_cores_used:.2f}" for each in measured]),
        ("CPU ms an order", [f"{sum(each.cpu_ms_per_order.values()):.1f}" for each in measured]),
    ]
    rows += [(f"  {part}", [f"{each.cpu_ms_per_order[part]:.1f}" for each in measured]) for part in PARTS]
    rows += [
        ("  PDF in the ceiling", [_shown(each.render_ceiling_cpu_ms, 1) for each in measured]),
        ("history events an order", [_with_parts(each.history_events_per_order_by_workflow, 1) for each in measured]),
        ("history bytes an order", [_with_parts(each.history_bytes_per_order_by_workflow, 0) for each in measured]),
        ("most events of a job's run", [f"{each.most_events_of_a_job_run} of {each.job_runs}" for each in measured]),
        (
            "seconds to mail p50 p95 p99",
            [" ".join(f"{s:.1f}" for s in each.seconds_to_mail.values()) for each in measured],
        ),
        (
            "worker MiB before, after",
            [" ".join(f"{mib:.0f}" for mib in each.worker_memory_mib.values()) for each in measured],
        ),
        ("peak MiB", [f"{sum(each.peak_memory_mib.values()):.0f}" for each in measured]),
    ]
    rows += [(f"  {part}", [f"{each.peak_memory_mib[part]:.0f}" for each in measured]) for part in PARTS]
    return rows


def _shown(value: float | None, decimals: int) -> str:
    return NONE if value is None else f"{value:.{decimals}f}"


def _with_parts(shares: dict[str, float], decimals: int) -> str:
    parts = " + ".join(f"{share:.{decimals}f} {name}" for name, share in shares.items() if share)
    return f"{sum(shares.values()):.{decimals}f} = {parts}"
