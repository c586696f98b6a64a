"""One run from its first process to its verdict."""

from collections import Counter
from collections.abc import Callable, Sequence

from demo.orders.generator import Dice
from tests.chaos.breaking import Breaker, RunClock
from tests.chaos.fault_plan import PlannedFault, plan_faults
from tests.chaos.gathering import gather, outcomes
from tests.chaos.invariants import judge
from tests.chaos.mending import Mender
from tests.chaos.options import Options
from tests.chaos.planned_orders import PlannedOrder, planned_orders
from tests.chaos.stack import ChaosStack
from tests.chaos.summary import Summary, held
from tests.chaos.workload import Workload, planned_jobs

JOBS_BEGIN_WITHIN = 0.85
"""Of the time of faults: the last jobs begin when there are still some to come."""
LOST_ANSWERS = PlannedFault(0.0, "gateway", "capture", "done, no answer", amount=3)
"""What the broken build is put to, at the very start: nothing else is needed to find it out."""


def run(options: Options, log: Callable[[str], None]) -> Summary:
    """Run the jobs, break things meanwhile, wait until everything is settled, and judge.

    Raises:
        EmbeddedServerError, DemoFailed: the stack cannot be started, or the API stays away.
    """
    orders = list(planned_orders(Dice(f"orders {options.seed}"), options.tenant_codes, options.orders))
    plan = _plan(options)
    log(f"seed {options.seed}, {len(orders)} orders, {len(plan)} faults; logs in {options.folder}")
    with ChaosStack(options) as stack:
        return _run(stack, orders, plan, log)


def _plan(options: Options) -> list[PlannedFault]:
    if options.broken_ledger:
        return [LOST_ANSWERS]
    return plan_faults(Dice(f"faults {options.seed}"), options.seconds, options.gap_seconds)


def _run(
    stack: ChaosStack, orders: Sequence[PlannedOrder], plan: Sequence[PlannedFault], log: Callable[[str], None]
) -> Summary:
    options = stack.options
    mender = Mender(stack.shop, orders)
    mender.fill_the_shop()
    clock = RunClock()
    breaker = Breaker(stack, Dice(f"breaker {options.seed}"), clock, log)
    begin_within = 0.0 if options.broken_ledger else options.seconds * JOBS_BEGIN_WITHIN
    jobs = planned_jobs(Dice(f"jobs {options.seed}"), orders, options.jobs, begin_within)
    workload = Workload(stack, mender, jobs, clock.now)
    workload.start()
    try:
        breaker.run(plan)
        fault_seconds = clock.now()
        log(f"{fault_seconds:8.1f} s  no more faults; {workload.settled} of {len(jobs)} jobs are settled")
    finally:
        workload.finish(options.settle_seconds)
    seconds = clock.now()
    log(f"{seconds:8.1f} s  {workload.settled} jobs are settled; reading everybody's books")
    evidence = gather(stack, workload, Dice(f"sample {options.seed}"))
    return Summary(
        seed=options.seed,
        seconds=seconds,
        fault_seconds=fault_seconds,
        orders=len(orders),
        jobs=len(jobs),
        tenants=options.tenants,
        faults=dict(breaker.done),
        restarts=stack.restarts(),
        connections=stack.proxies.counts(),
        outcomes=outcomes(evidence.jobs),
        holds=Counter(reason for _, _, reason in evidence.holds),
        releases=dict(workload.releases),
        invariants=held(judge(orders, evidence)),
    )
