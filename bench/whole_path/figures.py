"""The figures of one measurement, as they are written and shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from bench.whole_path.ceiling import Ceiling
from bench.whole_path.histories import JOB, ORDER, HistoryFigures
from bench.whole_path.sampling import Sampler

MIB = 1024 * 1024
SERVICE = ("temporal_server", "worker", "renderer", "postgresql", "api")
STAND_INS = ("shop", "mail_sink", "bench")
"""Nobody's in production: the shop, the gateway, the mail server and we, who watch."""
PARTS = (*SERVICE, *STAND_INS)
PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Figures:
    """One measurement; what is said of an order is the whole cost, the job's share included, by the orders' number.

    Attributes:
        seconds: from the first job's acceptance to the last one's end.
        render_ceiling_per_second: PDFs a second of the same invoices with nothing else to do; None without PDFs.
        ratio_to_render_ceiling: `orders_per_second` by that.
        render_ceiling_cpu_ms: CPU of one PDF in that measurement; beside `cpu_ms_per_order["renderer"]` it shows
            whether both were measured under the same conditions.
        render_share_of_cpu: what part of all CPU of the parts went into PDFs; whoever else uses the cores, this is
            the ratio that they would allow if they were busy all the time.
        cpu_ms_per_order: by part.
        cores_used: CPU seconds of all parts a second.
        others_cores_used: the same of all processes that are no parts.
        history_events_per_order: of all histories, by orders; `..._by_workflow` says whose.
        most_events_of_a_job_run: the longest history of a job.
        seconds_to_mail: percentiles of the time from the job's acceptance to the mail server's, as `p50`.
        peak_memory_mib: by part; of several processes the private memory of each and what they share once.
        worker_memory_mib: before and after.
    """

    orders: int
    jobs: int
    seconds: float
    orders_per_second: float
    render_ceiling_per_second: float | None
    ratio_to_render_ceiling: float | None
    render_ceiling_cpu_ms: float | None
    render_ceiling_sample: int | None
    render_share_of_cpu: float
    cpu_ms_per_order: dict[str, float]
    cores_used: float
    others_cores_used: float
    history_events_per_order: float
    history_events_per_order_by_workflow: dict[str, float]
    history_bytes_per_order: float
    history_bytes_per_order_by_workflow: dict[str, float]
    job_runs: int
    most_events_of_a_job_run: int
    seconds_to_mail: dict[str, float]
    peak_memory_mib: dict[str, float]
    worker_memory_mib: dict[str, float]


def make_figures(
    *,
    orders: int,
    jobs: int,
    took: float,
    watched: Sampler,
    histories: HistoryFigures,
    to_mail: Sequence[float],
    ceiling: Ceiling | None,
) -> Figures:
    """Put them together; `took` in seconds, `to_mail` ascending."""
    cpu = {name: 1000 * spent / orders for name, spent in watched.cpu_seconds().items()}
    rate = orders / took
    return Figures(
        orders=orders,
        jobs=jobs,
        seconds=round(took, 2),
        orders_per_second=round(rate, 2),
        render_ceiling_per_second=round(ceiling.per_second, 2) if ceiling else None,
        ratio_to_render_ceiling=round(rate / ceiling.per_second, 3) if ceiling else None,
        render_ceiling_cpu_ms=round(1000 * ceiling.cpu_seconds_each, 1) if ceiling else None,
        render_ceiling_sample=ceiling.sample if ceiling else None,
        render_share_of_cpu=round(cpu["renderer"] / sum(cpu.values()), 3),
        cpu_ms_per_order={name: round(cpu[name], 2) for name in PARTS},
        cores_used=round(sum(watched.cpu_seconds().values()) / took, 2),
        others_cores_used=round(watched.others_cpu_seconds / took, 2),
        history_events_per_order=round(sum(histories.events.values()) / orders, 2),
        history_events_per_order_by_workflow=by_order(histories.events, orders),
        history_bytes_per_order=round(sum(histories.size_bytes.values()) / orders),
        history_bytes_per_order_by_workflow=by_order(histories.size_bytes, orders),
        job_runs=histories.runs.get(JOB, 0),
        most_events_of_a_job_run=histories.most_events_of_a_job_run,
        seconds_to_mail={f"p{percent}": round(percentile(to_mail, percent), 2) for percent in PERCENTILES},
        peak_memory_mib={name: round(watched.peak_memory[name] / MIB, 1) for name in PARTS},
        worker_memory_mib={
            "start": round(watched.before["worker"].memory_bytes / MIB, 1),
            "end": round(watched.after["worker"].memory_bytes / MIB, 1),
        },
    )


def percentile(ascending: Sequence[float], percent: int) -> float:
    """The nearest rank: the smallest value that at least `percent` of a hundred values do not exceed."""
    return ascending[max(1, ceil(len(ascending) * percent / 100)) - 1]


def by_order(sums: Mapping[str, int], orders: int) -> dict[str, float]:
    """An order's part of each workflow's sum; workflows that are neither job nor order are `other`."""
    shares = {"order": sums.get(ORDER, 0), "job": sums.get(JOB, 0)}
    shares["other"] = sum(sums.values()) - sum(shares.values())
    return {name: round(total / orders, 2) for name, total in shares.items()}
