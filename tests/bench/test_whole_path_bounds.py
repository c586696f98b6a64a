"""What fails a bench whatever its speed."""

from dataclasses import replace

from bench.whole_path.bounds import broken_bounds
from bench.whole_path.figures import Figures

GOOD = Figures(
    orders=20_000,
    jobs=1,
    seconds=500.0,
    orders_per_second=40.0,
    render_ceiling_per_second=None,
    ratio_to_render_ceiling=None,
    render_ceiling_cpu_ms=None,
    render_ceiling_sample=None,
    render_share_of_cpu=0.0,
    cpu_ms_per_order={},
    cores_used=2.0,
    others_cores_used=0.0,
    history_events_per_order=20.0,
    history_events_per_order_by_workflow={},
    history_bytes_per_order=6_000.0,
    history_bytes_per_order_by_workflow={},
    job_runs=40,
    most_events_of_a_job_run=5_000,
    seconds_to_mail={},
    peak_memory_mib={},
    worker_memory_mib={"start": 180.0, "end": 330.0},
)


def test_a_run_within_its_bounds_passes() -> None:
    assert broken_bounds([GOOD]) == []


def test_one_event_too_many_is_told() -> None:
    (sentence,) = broken_bounds([GOOD, replace(GOOD, most_events_of_a_job_run=5_001)])
    assert "5001 events" in sentence


def test_a_worker_that_grows_is_told() -> None:
    (sentence,) = broken_bounds([replace(GOOD, worker_memory_mib={"start": 180.0, "end": 331.0})])
    assert "grew by 151 MiB" in sentence
