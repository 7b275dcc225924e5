"""Policies that others decide: asked beside the audit, on what is stored, and recorded as any verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import pytest

from liveaudit.audit.asked.asker import Asker, Tuning
from liveaudit.audit.auditor import Auditor
from liveaudit.audit.rejudge import Rejudger
from liveaudit.audit.sweep import Scope as SweepScope
from liveaudit.audit.sweep import Sweeper
from liveaudit.intake.queues import Queue
from liveaudit.model import Cause, Resource, Severity, Verdict, failed, passed, unknown
from liveaudit.policies.asking import Question, unanswered
from liveaudit.policies.policy import Asks, Policy, PolicyKind, PolicyRegistry
from liveaudit.policies.rulebook import Exemption, Setting, State
from liveaudit.policies.scope import Scope
from liveaudit.store import asked, findings, questions, rules, work
from liveaudit.store.work import Due
from liveaudit.worker import Worker
from tests.support.fake import ACCOUNT, CATALOG, POLICIES, REGION, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio
NAMED = "widget_is_named"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def not_judged() -> Verdict:
    raise AssertionError


def asking(**more: Any) -> Policy:
    """A policy that somebody else decides, from the widget and its lock."""
    given: dict[str, Any] = {
        "id": NAMED,
        "type": "Fake::Widget",
        "service": "fake",
        "severity": Severity.HIGH,
        "title": "Widgets have names",
        "why": "because of the tests",
        "fix": "name it",
        "judge": not_judged,
        "sections": frozenset({"widget", "lock"}),
        "parameters": ("lock", "widget"),
        "kind": PolicyKind.LAMBDA,
        "version": "1",
        "asks": Asks("arn:aws:lambda:eu-west-1:111111111111:function:names"),
    }
    return Policy(**{**given, **more})


Answer = Callable[[Question], Verdict | None]


def by_color(question: Question) -> Verdict:
    color = question.sections["widget"]["Color"]
    return failed("a red name", color=color) if color == "red" else passed()


class Somebody:
    """Who is asked. ``answer`` says what; ``meanwhile`` is done while it is being answered."""

    def __init__(self) -> None:
        self.asked: list[list[Question]] = []
        self.answer: Answer = by_color
        self.meanwhile: Callable[[], Any] | None = None

    async def ask(self, policy: Policy, questions: Sequence[Question]) -> Mapping[Resource, Verdict]:
        self.asked.append(list(questions))
        if self.meanwhile is not None:
            await self.meanwhile()
        answers = {each.resource: self.answer(each) for each in questions}
        return {resource: each for resource, each in answers.items() if each is not None}


class World:
    """A store with an auditor and an asker, and four widgets of which two are red."""

    def __init__(self, stores: Stores) -> None:
        self.clock = Clock()
        self.aws = FakeAws()
        for at in range(4):
            self.aws.widgets[f"w{at}"] = {
                "Color": "red" if at % 2 else "blue",
                "Lock": "L",
                "Tags": {"a": "b"},
            }
        self.auditor: Auditor = make_auditor(stores, self.aws, self.clock)
        self.database = self.auditor.database
        self.somebody = Somebody()
        self.asker = self.another("asker")
        self.know(asking())

    def another(self, owner: str) -> Asker:
        ids = iter(f"asked-{owner}-{number}" for number in range(1000))
        return Asker(
            self.database,
            CATALOG,
            self.auditor.policies,
            {PolicyKind.LAMBDA: self.somebody},
            self.clock,
            owner,
            lambda: next(ids),
            tuning=Tuning(),
            jitter=lambda: 1.0,
        )

    def know(self, *policies: Policy) -> None:
        registry = PolicyRegistry(over=POLICIES)
        registry.replace(policies)
        self.auditor.policies = self.asker.policies = registry

    async def sweep(self, name: str = "s1") -> None:
        await Sweeper(self.auditor).sweep(SweepScope("aws", ACCOUNT, (REGION,)), name)

    async def event(self, widget: str, *sections: str, number: str = "e") -> None:
        change = {"event_id": number, "time": "2027-01-15T08:00:00Z", "actor": {"arn": f"arn:who:{number}"}}
        cause = Cause(f"event:{number}", "event", frozenset(sections), change=change)
        self.clock.now += 3600
        due = Due(resource(widget), f"arn:{widget}", cause)
        await self.database.write(lambda c: work.add_due(c, [due], self.clock()))
        await self.drain()

    async def drain(self) -> int:
        done = 0
        while claims := await self.auditor.claim(64):
            await self.auditor.audit(claims)
            done += len(claims)
        return done

    async def judge_anew(self) -> None:
        self.clock.now += 60
        context = self.auditor.context
        await Rejudger(self.database, self.auditor.policies, lambda: context, self.clock, CATALOG).step()
        await self.drain()

    async def standing(self) -> dict[str, str]:
        found = await self.database.read(lambda c: findings.list_findings(c, findings.Filter()))
        return {each["resource"]: each["status"] for each in found if each["policy"] == NAMED}

    async def verdicts(self) -> dict[str, tuple[str, str]]:
        found = await self.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
        return {each["id"]: (each["verdict"], each["reason"]) for each in found if each["policy"] == NAMED}

    async def pending(self) -> int:
        return sum((await self.database.read(questions.pending)).values())

    async def health(self) -> asked.Asking:
        return (await self.database.read(asked.all_asked))[NAMED]


@pytest.fixture
def world(stores: Stores) -> Iterator[World]:
    made = World(stores)
    yield made
    made.database.close()


async def test_what_is_stored_is_asked_and_the_answers_are_findings(world: World) -> None:
    await world.sweep()
    assert await world.standing() == {}, "the audit asks nobody itself"
    calls = world.aws.counts.total()
    assert await world.asker.step() == 4
    assert world.aws.counts.total() == calls, "AWS is not read again"
    assert await world.standing() == {"w1": "new", "w3": "new"}
    assert await world.verdicts() == {
        **dict.fromkeys(("w0", "w2"), ("PASS", "")),
        **dict.fromkeys(("w1", "w3"), ("FAIL", "a red name")),
    }
    (batch,) = world.somebody.asked
    assert {each.resource.id: each.sections for each in batch}["w0"] == {
        "lock": "L",
        "widget": {"Id": "w0", "Color": "blue", "Crates": []},
    }
    assert await world.pending() == 0
    assert await world.asker.step() == 0, "once"
    assert (await world.health()).healthy


async def test_an_event_asks_only_whom_it_concerns_and_is_told_of(world: World) -> None:
    await world.sweep()
    await world.asker.step()
    await world.event("w0", "keys")
    assert await world.pending() == 0, "the policy reads no keys"
    world.aws.widgets["w0"]["Color"] = "red"
    await world.event("w0", "widget", number="e2")
    assert await world.asker.step() == 1
    assert (await world.standing())["w0"] == "new"
    (question,) = world.somebody.asked[-1]
    assert question.change is not None
    assert question.change["actor"] == {"arn": "arn:who:e2"}
    moved = await world.database.read(lambda c: findings.transitions_since(c, 0))
    assert [each["event_id"] for each in moved[-1]["changes"]] == ["e2"]
    world.aws.widgets["w0"]["Color"] = "blue"
    await world.event("w0", "widget", number="e3")
    await world.asker.step()
    assert (await world.standing())["w0"] == "resolved"


async def test_an_answer_to_what_has_changed_meanwhile_does_not_count(world: World) -> None:
    await world.sweep()

    async def changes() -> None:
        world.somebody.meanwhile = None
        world.aws.widgets["w1"]["Color"] = "blue"
        await world.event("w1", "widget")

    world.somebody.meanwhile = changes
    assert await world.asker.step() == 4
    assert await world.standing() == {"w3": "new"}
    assert await world.asker.step() == 1, "it is asked anew, at once"
    assert await world.standing() == {"w3": "new"}
    assert (await world.verdicts())["w1"] == ("PASS", "")


async def test_while_somebody_answers_the_resource_is_audited(world: World) -> None:
    """A slow function keeps no finding of ours waiting, on the very same resource."""
    await world.sweep()
    seen: list[tuple[str, str]] = []

    async def changes() -> None:
        world.somebody.meanwhile = None
        world.aws.widgets["w0"]["Color"] = "red"
        await world.event("w0", "widget")
        found = await world.database.read(lambda c: findings.list_findings(c, findings.Filter()))
        seen.extend((each["resource"], each["policy"]) for each in found)

    world.somebody.meanwhile = changes
    await world.asker.step()
    assert ("w0", "widget_is_blue") in seen
    assert {policy for _, policy in seen} == {"widget_is_blue"}


async def test_no_answer_is_unknown_and_asked_again_later(world: World) -> None:
    await world.sweep()
    await world.asker.step()
    world.somebody.answer = lambda _: unanswered("the function timed out")
    await world.sweep("s2")
    assert await world.asker.step() == 4
    assert set((await world.verdicts()).values()) == {("UNKNOWN", "the function timed out")}
    assert await world.standing() == {"w1": "new", "w3": "new"}, "what stood stays as it was"
    told = await world.health()
    assert (told.healthy, told.reason, told.answered, told.unanswered) == (
        False,
        "the function timed out",
        4,
        4,
    )
    assert await world.asker.step() == 0, "not at once"
    world.clock.now += world.asker.tuning.first_wait
    assert await world.asker.step() == 4
    assert (await world.health()).in_row == 2
    world.somebody.answer = by_color
    world.clock.now += world.asker.tuning.first_wait * 2
    assert await world.asker.step() == 4
    assert (await world.verdicts())["w0"] == ("PASS", "")
    assert (await world.health()).healthy
    assert await world.pending() == 0


async def test_how_it_goes_is_told_until_the_policy_is_no_more(world: World) -> None:
    world.somebody.answer = lambda each: unanswered("slow") if each.resource.id == "w0" else passed()
    await world.sweep()
    told = await world.health()
    assert (told.waiting, told.oldest, told.asked_at) == (4, world.clock(), 0.0)
    await world.asker.step()
    told = await world.health()
    assert (told.waiting, told.answered, told.unanswered, told.in_row) == (1, 3, 1, 1)
    assert not told.healthy
    assert not told.silent
    world.know()
    await world.judge_anew()
    await world.asker.step()
    assert await world.database.read(asked.all_asked) == {}


async def test_who_never_answers_is_asked_so_often_and_no_more(world: World) -> None:
    world.somebody.answer = lambda _: unanswered("gone")
    await world.sweep()
    times = 0
    while await world.pending():
        times += await world.asker.step() > 0
        world.clock.now += world.asker.tuning.longest_wait
    assert times == world.asker.tuning.most_attempts
    assert set((await world.verdicts()).values()) == {("UNKNOWN", "gone")}


async def test_a_partial_answer_counts_for_what_it_says(world: World) -> None:
    world.somebody.answer = lambda each: by_color(each) if each.resource.id != "w3" else None
    await world.sweep()
    await world.asker.step()
    assert await world.standing() == {"w1": "new"}
    assert (await world.verdicts())["w3"] == ("UNKNOWN", "no verdict was given on it")
    assert await world.pending() == 1
    assert not (await world.health()).healthy


async def test_who_says_unknown_has_answered(world: World) -> None:
    world.somebody.answer = lambda _: unknown("it cannot be told")
    await world.sweep()
    await world.asker.step()
    assert await world.pending() == 0
    assert (await world.health()).healthy


async def test_who_raises_stops_nobody(world: World) -> None:
    def breaks(_question: Question) -> Verdict:
        raise ValueError("oh")

    world.somebody.answer = breaks
    await world.sweep()
    await world.asker.step()
    assert set((await world.verdicts()).values()) == {("UNKNOWN", "asking itself failed: ValueError: oh")}


async def test_nobody_is_asked_on_what_is_not_known(world: World) -> None:
    world.aws.deny("GetLock")
    await world.sweep()
    assert await world.pending() == 0
    assert {verdict for verdict, _ in (await world.verdicts()).values()} == {"UNKNOWN"}
    assert world.somebody.asked == []


async def test_the_key_stays_when_it_is_asked_again_and_is_another_for_another(world: World) -> None:
    world.somebody.answer = lambda _: unanswered("slow")
    await world.sweep()
    await world.asker.step()
    world.clock.now += 100
    await world.asker.step()
    first, second = ({each.resource.id: each.key for each in batch} for batch in world.somebody.asked)
    assert first == second
    assert len(set(first.values())) == 4
    world.aws.widgets["w0"]["Lock"] = "another"
    await world.event("w0", "lock")
    await world.asker.step()
    assert {each.resource.id: each.key for each in world.somebody.asked[-1]}["w0"] != first["w0"]


async def test_a_resource_that_went_is_asked_about_no_more(world: World) -> None:
    await world.sweep()
    await world.asker.step()
    await world.sweep("s2")

    async def goes() -> None:
        world.somebody.meanwhile = None
        del world.aws.widgets["w1"]
        world.clock.now += 3600
        cause = Cause("event:gone", "event", effect="delete")
        await world.database.write(
            lambda c: work.add_due(c, [Due(resource("w1"), "arn:w1", cause)], world.clock())
        )
        await world.drain()

    world.somebody.meanwhile = goes
    await world.asker.step()
    assert await world.standing() == {"w1": "archived", "w3": "new"}
    assert "w1" not in await world.verdicts()
    assert await world.pending() == 0


async def test_a_changed_policy_is_asked_on_what_is_stored(world: World) -> None:
    await world.sweep()
    await world.judge_anew()
    await world.asker.step()
    calls = world.aws.counts.total()
    await world.judge_anew()
    assert await world.pending() == 0
    world.know(asking(version="2"))
    world.somebody.answer = lambda _: failed("all are bad")
    await world.judge_anew()
    assert await world.asker.step() == 4
    assert set((await world.standing()).values()) == {"new"}
    assert len(await world.standing()) == 4
    assert world.aws.counts.total() == calls
    world.know()
    await world.judge_anew()
    assert set((await world.standing()).values()) == {"archived"}
    assert await world.verdicts() == {}


async def test_a_policy_that_is_disabled_meanwhile_says_nothing(world: World) -> None:
    await world.sweep()
    await world.judge_anew()

    async def disables() -> None:
        world.somebody.meanwhile = None
        setting = Setting("off", Scope(policies=(NAMED,)), state=State.DISABLED)
        await world.database.write(lambda c: rules.put_setting(c, setting))
        await world.judge_anew()

    world.somebody.meanwhile = disables
    await world.asker.step()
    assert await world.standing() == {}
    assert await world.verdicts() == {}
    assert await world.pending() == 0


async def test_what_is_set_while_somebody_answers_counts(world: World) -> None:
    await world.sweep()
    await world.judge_anew()

    async def exempts() -> None:
        world.somebody.meanwhile = None
        exemption = Exemption("e1", Scope(policies=(NAMED,), resources=("w1",)), reason="it may")
        await world.database.write(lambda c: rules.put_exemptions(c, [exemption]))

    world.somebody.meanwhile = exempts
    await world.asker.step()
    assert await world.standing() == {"w1": "suppressed", "w3": "new"}


async def test_an_answer_says_nothing_of_other_policies(world: World) -> None:
    """One that was enabled while somebody answered a question of before stands."""
    keys = "widget_keys_are_used"
    world.aws.widgets["w1"]["Keys"] = {"k1": 0}
    off = Setting("off", Scope(policies=(keys,)), state=State.DISABLED)
    await world.database.write(lambda c: rules.put_setting(c, off))
    await world.sweep()
    await world.judge_anew()

    async def enables() -> None:
        world.somebody.meanwhile = None
        await world.database.write(lambda c: rules.drop_setting(c, "off"))
        await world.judge_anew()

    world.somebody.meanwhile = enables
    await world.asker.step()
    found = await world.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    ours = {
        (each["resource"], each["policy"]): each["status"]
        for each in found
        if each["policy"] in (keys, NAMED)
    }
    assert ours == dict.fromkeys((("w1", keys), ("w1", NAMED), ("w3", NAMED)), "new")


async def test_two_askers_share_the_questions(world: World) -> None:
    await world.sweep()
    other = world.another("other")
    other.policies = world.asker.policies
    world.asker.tuning = other.tuning = Tuning(batch=2)
    done = await asyncio.gather(world.asker.step(), other.step())
    assert sum(done) == 4
    assert sum(len(batch) for batch in world.somebody.asked) == 4
    assert len(await world.standing()) == 2


async def test_what_is_broken_off_is_given_back(world: World) -> None:
    await world.sweep()
    begun = asyncio.Event()

    async def waits() -> None:
        begun.set()
        await asyncio.Event().wait()

    world.somebody.meanwhile = waits
    running = asyncio.create_task(world.asker.run())
    await begun.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    world.somebody.meanwhile = None
    assert await world.asker.step() == 4


async def test_what_a_killed_worker_had_is_asked_again_when_its_lease_is_over(world: World) -> None:
    await world.sweep()
    claimed = await world.database.write(
        lambda c: questions.claim(c, NAMED, owner="dead", now=world.clock(), lease_seconds=60, limit=10)
    )
    assert len(claimed) == 4
    assert await world.asker.step() == 0
    world.clock.now += 61
    assert await world.asker.step() == 4
    assert await world.database.write(lambda c: questions.is_held(c, claimed[0])) is False


class NoQueue:
    """Nothing ever comes."""

    name = "none"

    async def receive(self) -> Sequence[Any]:
        await asyncio.Event().wait()
        return []


async def test_a_worker_asks_beside_its_audits_and_stops_with_nothing_in_hand(world: World) -> None:
    await world.sweep()
    begun = asyncio.Event()

    async def waits() -> None:
        begun.set()
        await asyncio.Event().wait()

    worker = Worker(
        world.database,
        CATALOG,
        world.auditor,
        [cast("Queue", NoQueue())],
        {ACCOUNT},
        world.clock,
        asker=world.asker,
        idle_wait=0.01,
    )
    running = asyncio.create_task(worker.run())
    while await world.pending():
        await asyncio.sleep(0.01)
    world.somebody.meanwhile = waits
    world.aws.widgets["w0"]["Color"] = "red"
    change = {"event_id": "e", "time": "2027-01-15T08:00:00Z", "actor": {"arn": "arn:who"}}
    cause = Cause("event:e", "event", frozenset({"widget"}), change=change)
    await world.database.write(
        lambda c: work.add_due(c, [Due(resource("w0"), "arn:w0", cause)], world.clock())
    )
    await begun.wait()
    found = await world.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert ("w0", "widget_is_blue") in {(each["resource"], each["policy"]) for each in found}
    worker.stop()
    await running
    world.somebody.meanwhile = None
    assert await world.asker.step() == 1, "it was given back"
    assert (await world.standing())["w0"] == "new"


async def test_it_runs_until_it_is_cancelled(world: World) -> None:
    await world.sweep()
    running = asyncio.create_task(world.asker.run())
    while await world.pending():
        await asyncio.sleep(0.01)
    await world.event("w0", "widget")
    world.asker.wake()
    while await world.pending():
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [len(batch) for batch in world.somebody.asked] == [4, 1]
