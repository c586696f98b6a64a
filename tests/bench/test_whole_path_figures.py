from dataclasses import asdict, replace
from io import StringIO
from uuid import UUID

import pytest
from rich.console import Console

from bench.whole_path.books import evenly
from bench.whole_path.ceiling import Ceiling
from bench.whole_path.figures import PARTS, Figures, by_order, make_figures, percentile
from bench.whole_path.histories import History, add_up
from bench.whole_path.machine import Machine, processor_of
from bench.whole_path.processes import Roots, Usage
from bench.whole_path.sampling import Sampler
from bench.whole_path.tables import figures_table

MIB = 2**20
HISTORIES = [
    History("OrderInvoice", 16, 4000),
    History("OrderInvoice", 20, 5000),
    History("InvoiceJob", 30, 3000),
    History("InvoiceJob", 6, 600),
    History("ScheduledJob", 4, 400),
]


def watched() -> Sampler:
    """Ten seconds of CPU in each part, thirty in the renderer."""
    sampler = Sampler(Roots({}, (), 0))
    sampler.before = {part: Usage(5.0, 100 * MIB) for part in PARTS}
    sampler.after = {part: Usage(35.0 if part == "renderer" else 15.0, 110 * MIB) for part in PARTS}
    sampler.peak_memory = dict.fromkeys(PARTS, 150 * MIB)
    sampler.others_cpu_seconds = 20.0
    return sampler


BARE = Ceiling(per_second=5.0, cpu_seconds_each=0.25, sample=50)


def figures(ceiling: Ceiling | None = BARE) -> Figures:
    return make_figures(
        orders=200,
        jobs=1,
        took=50.0,
        watched=watched(),
        histories=add_up(HISTORIES),
        to_mail=[float(second) for second in range(1, 201)],
        ceiling=ceiling,
    )


def test_a_percentile_is_a_value_that_was_measured() -> None:
    twenty = [float(value) for value in range(1, 21)]
    assert [percentile(twenty, percent) for percent in (50, 95, 99)] == [10.0, 19.0, 20.0]
    assert percentile([7.0], 50) == percentile([7.0], 99) == 7.0


def test_histories_are_added_up_by_workflow_and_the_longest_run_of_a_job_is_kept() -> None:
    found = add_up(HISTORIES)
    assert found.events == {"OrderInvoice": 36, "InvoiceJob": 36, "ScheduledJob": 4}
    assert found.size_bytes == {"OrderInvoice": 9000, "InvoiceJob": 3600, "ScheduledJob": 400}
    assert (found.runs["InvoiceJob"], found.most_events_of_a_job_run, found.open) == (2, 30, 0)


def test_histories_that_still_grow_are_counted() -> None:
    assert add_up([*HISTORIES, History("OrderInvoice", 0, 0, is_open=True)]).open == 1


def test_an_order_bears_its_part_of_every_history() -> None:
    assert by_order({"OrderInvoice": 36, "InvoiceJob": 36, "ScheduledJob": 4}, 2) == {
        "order": 18,
        "job": 18,
        "other": 2,
    }


def test_rates_and_costs_are_of_one_order() -> None:
    made = figures()
    assert made.orders_per_second == 4.0  # 200 in 50 s
    assert made.ratio_to_render_ceiling == 0.8  # of 5
    assert made.render_ceiling_cpu_ms == 250.0
    assert made.cpu_ms_per_order == {part: 150.0 if part == "renderer" else 50.0 for part in PARTS}
    assert made.render_share_of_cpu == 0.3  # 30 s of 30 + 7 * 10
    assert (made.cores_used, made.others_cores_used) == (2.0, 0.4)
    assert made.history_events_per_order == 0.38  # 76 of 200
    assert made.history_bytes_per_order == 65  # 13,000 of 200
    assert made.seconds_to_mail == {"p50": 100.0, "p95": 190.0, "p99": 198.0}
    assert made.worker_memory_mib == {"start": 100.0, "end": 110.0}
    assert set(made.peak_memory_mib.values()) == {150.0}


def test_without_pdfs_there_is_no_ceiling() -> None:
    made = figures(ceiling=None)
    assert (made.render_ceiling_per_second, made.ratio_to_render_ceiling) == (None, None)


def test_the_table_has_a_column_a_measurement_and_every_part_of_the_cost() -> None:
    machine = Machine(2, "Some processor", 4096, (0.5, 0.4, 0.3), {})
    out = StringIO()
    Console(file=out, width=160).print(figures_table([figures(), replace(figures(None), orders=8000)], machine))
    text = out.getvalue()
    assert "200 orders" in text
    assert "8000 orders" in text
    assert all(f"  {part}" in text for part in PARTS)
    assert "0.80" in text


@pytest.mark.parametrize("member", ["orders_per_second", "render_ceiling_per_second", "history_bytes_per_order"])
def test_figures_are_written_under_their_names(member: str) -> None:
    assert member in asdict(figures())


def test_a_sample_is_spread_evenly_over_short_and_long_ones() -> None:
    ids = [UUID(int=number) for number in range(100)]
    assert [chosen.int for chosen in evenly(ids, 4)] == [12, 37, 62, 87]
    assert evenly(ids[:3], 4) == ids[:3]


def test_a_processor_is_named_where_the_machine_tells() -> None:
    assert processor_of("processor: 0\nmodel name\t: Fast One\nprocessor: 1\nmodel name\t: Fast One\n") == "Fast One"
    assert processor_of("processor: 0\n") == "unknown"
