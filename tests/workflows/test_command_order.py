"""A change of workflow code that changes the order of its commands is noticed, before it wedges what is under way."""

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.workflows.command_order import Sources, command_order, sources

WORKFLOWS = Path(__file__).parents[2] / "workflows"
COMMITTED = Path(__file__).with_name("command_order.txt")
WHAT_TO_DO = """
The commands of workflow code have changed, or what they depend on. Workflows that are under way replay their history
with the new code, and stop where it does not fit. So:
1. If old histories take another way now, put the change behind `workflow.patched`, see CONTRIBUTING.md, "Changing
   workflow code". Record a history of the new way.
2. If they do not (a name, a split function, a new message), nothing has to be done.
Then accept what is here now: make test ARGS="tests/workflows/test_command_order.py --accept-command-order -n 0",
and commit tests/workflows/command_order.txt with your change, so that its reader sees what you have judged.
"""
STORY = """
from temporalio import workflow
CREDIT_CHECK = "credit-check"

@workflow.defn
class Story:
    @workflow.run
    async def run(self, order):
        await self._look_up(order)
        if order.is_paid:
            await self._charge(order)
        workflow.set_current_details("done")

    async def _look_up(self, order):
        self._order = await workflow.execute_activity_method(Shop.look_up, order, **STEP)

    async def _charge(self, order):
        if workflow.patched(CREDIT_CHECK):
            await workflow.execute_activity_method(Bank.check, order, **STEP)
        await local_first(Bank.charge, order, STEP)
        await workflow.wait_condition(lambda: self._is_done)

    @workflow.signal
    def done(self):
        self._is_done = True

async def local_first(step, order, options):
    return await workflow.execute_local_activity_method(step, order)
"""
READ = """\
story.py Story.run @workflow.run
    _look_up()
    if order.is_paid
        _charge()

story.py Story._look_up
    execute_activity_method(Shop.look_up)

story.py Story._charge
    patched('credit-check')
    if workflow.patched(CREDIT_CHECK)
        execute_activity_method(Bank.check)
    local_first(Bank.charge)
    wait_condition()

story.py Story.done @workflow.signal

story.py local_first
    execute_local_activity_method()
    > return
"""


def test_the_order_of_commands_is_the_one_that_somebody_has_judged(request: pytest.FixtureRequest) -> None:
    now = command_order(sources(WORKFLOWS))
    if request.config.getoption("--accept-command-order"):
        COMMITTED.write_text(now)
    before = COMMITTED.read_text()
    changes = "\n".join(unified_diff(before.splitlines(), now.splitlines(), "committed", "now", lineterm=""))
    assert not changes, f"{changes}\n{WHAT_TO_DO}"


def read(text: str) -> str:
    return command_order(Sources({"story.py": text}))


def test_what_is_kept_of_a_workflow() -> None:
    assert read(STORY) == READ


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("await self._look_up(order)\n        if", "if"),
        ("Bank.check", "Bank.look"),
        ("if order.is_paid", "if order.is_open"),
        ('CREDIT_CHECK = "credit-check"', 'CREDIT_CHECK = "credit"'),
        ("        await local_first", "        await workflow.sleep(1)\n        await local_first"),
        ("lambda: self._is_done)", "lambda: self._is_done, timeout=HOUR)"),
        ("    def done(self)", "    def finished(self)"),
        ("    return await workflow", "    if options:\n        return None\n    return await workflow"),
        ("execute_local_activity_method(step", "execute_activity_method(step"),
        (
            "await self._look_up(order)\n        if order.is_paid:\n            await self._charge(order)",
            "if order.is_paid:\n            await self._charge(order)\n        await self._look_up(order)",
        ),
        (
            "await self._look_up(order)\n",
            "await self._look_up(order)\n        await self._handle.signal('begun')\n",
        ),
        ("await self._look_up(order)\n", "await asyncio.gather(*map(self._look_up, [order]))\n"),
    ],
)
def test_what_changes_the_order_is_seen(was: str, becomes: str) -> None:
    assert STORY.count(was) == 1
    assert read(STORY.replace(was, becomes)) != READ


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ('workflow.set_current_details("done")', 'workflow.set_current_details("all done")'),
        ("self._order = await", "order = await"),
        ("        self._is_done = True", "        self._is_done = bool(self)"),
        ("**STEP)\n        await local_first", "**OTHER)\n        await local_first"),
    ],
)
def test_what_does_not_is_nobodys_business(was: str, becomes: str) -> None:
    assert STORY.count(was) == 1
    assert read(STORY.replace(was, becomes)) == READ


def test_methods_of_one_class_are_not_taken_for_members_of_another() -> None:
    other = "class Other:\n    async def run(self):\n        return self._charge(self._look_up)\n"
    assert read(STORY + other) == READ


def test_a_class_issues_what_its_base_does() -> None:
    derived = "class Derived(Story):\n    async def again(self):\n        await self._charge(self.order)\n"
    assert read(STORY + derived) == READ + "\nstory.py Derived.again\n    _charge()\n"
