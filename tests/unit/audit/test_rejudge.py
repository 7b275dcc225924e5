"""Changed, new and removed policies: what is stored is judged, once, and AWS is asked nothing."""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from liveaudit.audit import fingerprints
from liveaudit.audit.auditor import Auditor
from liveaudit.audit.fingerprints import fingerprint
from liveaudit.audit.rejudge import NoCalls, Rejudger
from liveaudit.audit.sweep import Scope, Sweeper
from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.policy import Context, Policy, PolicyRegistry
from liveaudit.services import load
from liveaudit.store import codec, findings, rejudging, snapshots, work
from liveaudit.store.schema import rejudgings, resources
from tests.support.fake import ACCOUNT, POLICIES, REGION, Clock, FakeAws, make_auditor, resource
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio
BLUE = POLICIES.named("widget_is_blue")[0]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws() -> FakeAws:
    made = FakeAws()
    for number in range(8):
        made.widgets[f"w{number}"] = {
            "Color": "red" if number % 2 else "blue",
            "Lock": "L",
            "Crates": ["c"],
            "Keys": {f"k{number}": 1},
        }
    made.crates["c"] = ["label"]
    return made


@pytest.fixture
def auditor(stores: Stores, aws: FakeAws, clock: Clock) -> Iterator[Auditor]:
    made = make_auditor(stores, aws, clock)
    yield made
    made.database.close()


def rejudger(auditor: Auditor) -> Rejudger:
    return Rejudger(
        auditor.database, auditor.policies, lambda: auditor.context, auditor.clock, auditor.catalog
    )


def others(*changed: Policy, without: tuple[str, ...] = ()) -> PolicyRegistry:
    """The policies with some of them changed or added, and some left out."""
    made = PolicyRegistry()
    by_name = {(each.type, each.id): each for each in [*POLICIES.all(), *changed]}
    for (_, policy_id), each in by_name.items():
        if policy_id not in without:
            made.add(each)
    return made


def never_red(widget: dict[str, Any]) -> Verdict:
    return failed("not green") if widget["Color"] != "green" else passed()


async def prepared(auditor: Auditor, clock: Clock) -> None:
    """Everything swept, and every policy noted."""
    await Sweeper(auditor).sweep(Scope("aws", ACCOUNT, (REGION,)), "s1")
    await rejudger(auditor).step()
    await drain(auditor)
    clock.now += 100_000


async def drain(auditor: Auditor) -> int:
    done = 0
    while claims := await auditor.claim(64):
        await auditor.audit(claims)
        done += len(claims)
    return done


async def standing(auditor: Auditor) -> dict[tuple[str, str], str]:
    found = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    return {(each["resource"], each["policy"]): each["status"] for each in found}


async def test_a_changed_policy_is_judged_with_no_call(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    await prepared(auditor, clock)
    calls = aws.counts.total()
    assert sorted((await standing(auditor)).values()) == ["new"] * 4
    auditor.policies = others(replace(BLUE, judge=never_red, severity=Severity.CRITICAL))
    assert await rejudger(auditor).step() == 8
    assert await drain(auditor) == 8
    assert aws.counts.total() == calls
    assert sorted((await standing(auditor)).values()) == ["new"] * 8
    moved = await auditor.database.read(lambda c: findings.transitions_since(c, 0))
    assert [each["changes"] for each in moved[4:]] == [[{"kind": "policy"}]] * 4
    found = await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter()))
    assert {each["severity"] for each in found} == {"critical"}, "those that stood, too"
    assert await rejudger(auditor).step() == 0, "it is done once"
    assert await auditor.database.read(work.next_time) is None


async def test_a_new_policy_reads_only_what_is_not_stored(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    auditor.policies = others(without=("widget_keys_are_used", "widget_is_locked"))
    await prepared(auditor, clock)
    before = aws.counts.copy()
    auditor.policies = POLICIES
    assert await rejudger(auditor).step() == 8
    await drain(auditor)
    assert dict(aws.counts - before) == {
        "ListKeys": 8,
        "GetKeyUse": 8,
        "GetLock": 8,
    }, "the account's settings and the widgets themselves are stored"
    assert len(await standing(auditor)) == 4


async def test_a_removed_policys_findings_are_archived(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    await prepared(auditor, clock)
    calls = aws.counts.total()
    auditor.policies = others(without=("widget_is_blue",))
    assert await rejudger(auditor).step() == 8
    await drain(auditor)
    assert aws.counts.total() == calls
    assert set((await standing(auditor)).values()) == {"archived"}
    verdicts = await auditor.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    assert "widget_is_blue" not in {each["policy"] for each in verdicts}
    one = (await auditor.database.read(lambda c: findings.list_findings(c, findings.Filter())))[0]
    told = (await auditor.database.read(lambda c: findings.get_findings(c, one["id"])))[0]["history"]
    assert told[-1]["reason"] == "the policy was removed"
    auditor.policies = POLICIES
    await rejudger(auditor).step()
    await drain(auditor)
    assert set((await standing(auditor)).values()) == {"reopened"}


async def test_several_at_once_do_it_once(auditor: Auditor, clock: Clock) -> None:
    await prepared(auditor, clock)
    auditor.policies = others(replace(BLUE, severity=Severity.LOW))
    made = await asyncio.gather(*(rejudger(auditor).step() for _ in range(4)))
    assert sum(made) == 8
    assert await drain(auditor) == 8


async def test_a_rejudging_that_was_broken_off_goes_on(auditor: Auditor, clock: Clock) -> None:
    await prepared(auditor, clock)
    auditor.policies = others(replace(BLUE, severity=Severity.LOW))
    one = rejudger(auditor)
    prints = one.fingerprints(auditor.policies.all())

    def begun(connection: Connection) -> int | None:
        changed = rejudging.note_policies(connection, prints)
        assert changed.changed == {(BLUE.type, BLUE.id)}
        rejudging.begin(connection, {BLUE.type: ["widget"]})
        return rejudging.make_batch_due(connection, clock(), size=3)

    assert await auditor.database.write(begun) == 3
    assert await rejudger(auditor).step() == 5
    assert await auditor.database.read(lambda c: c.execute(select(rejudgings)).all()) == []
    assert await drain(auditor) == 8


async def test_gone_and_unknown_resources_are_left_alone(auditor: Auditor, clock: Clock) -> None:
    await prepared(auditor, clock)
    await auditor.database.write(
        lambda c: c.execute(update(resources).where(resources.c.rid == "w1").values(state="gone"))
    )
    auditor.policies = others(replace(BLUE, severity=Severity.LOW))
    assert await rejudger(auditor).step() == 7


async def test_what_changes_meanwhile_is_judged_again(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    """Another audit reads this resource's section for its own sake while what was stored is judged."""
    await prepared(auditor, clock)
    auditor.policies = others(replace(BLUE, judge=never_red))
    await rejudger(auditor).step()

    def overtake(step: str) -> None:
        if step != "judged" or aws.widgets["w0"]["Color"] == "green":
            return
        aws.widgets["w0"]["Color"] = "green"

        def newer(connection: Connection) -> None:
            keys = work.resource_keys(connection, {resource("w0"): "arn"}, clock())
            value = {"Id": "w0", "Color": "green", "Crates": ["c"]}
            order = work.next_value(connection, "read_order")
            read = {"widget": snapshots.Read("value", codec.dump(value), order, clock(), clock())}
            snapshots.write_sections(connection, keys[resource("w0")], read)

        auditor.database.write_now(newer)

    auditor.probe = overtake
    calls = aws.counts.total()
    assert await drain(auditor) == 9, "one of the eight twice"
    assert (await standing(auditor))["w0", "widget_is_blue"] == "resolved"
    assert aws.counts.total() == calls


async def test_an_event_besides_makes_it_an_audit(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    await prepared(auditor, clock)
    auditor.policies = others(replace(BLUE, severity=Severity.LOW))
    await rejudger(auditor).step()
    aws.widgets["w0"]["Color"] = "red"
    await Sweeper(auditor).sweep(Scope("aws", ACCOUNT, (REGION,)), "s2")
    assert (await standing(auditor))["w0", "widget_is_blue"] == "new"


async def test_nothing_is_asked_where_nothing_may_be(auditor: Auditor, aws: FakeAws, clock: Clock) -> None:
    """As the command does it: what is not stored leaves the verdict as it was."""
    auditor.policies = others(without=("widget_keys_are_used",))
    await prepared(auditor, clock)
    calls = aws.counts.total()
    auditor.policies = POLICIES
    auditor.stored_only = True
    auditor.caller = NoCalls()
    one = rejudger(auditor)
    assert (await one.begin(POLICIES.all(), complete=True)).resources == 9
    await one.make_due()
    await drain(auditor)
    assert auditor.left_out == 8
    assert aws.counts.total() == calls
    verdicts = await auditor.database.read(lambda c: findings.list_verdicts(c, findings.Filter()))
    assert "UNKNOWN" not in {each["verdict"] for each in verdicts}


def test_fingerprints_stand_for_what_judges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = Context(frozenset({ACCOUNT}))
    named = {(each.type, each.id): fingerprint(each, context) for each in POLICIES.all()}
    assert len(set(named.values())) == len(named)
    assert fingerprint(BLUE, context) == fingerprint(BLUE, Context())
    assert fingerprint(replace(BLUE, severity=Severity.LOW), context) != fingerprint(BLUE, context)
    assert fingerprint(replace(BLUE, ids="a*"), context) != fingerprint(BLUE, context)
    asking = replace(BLUE, parameters=("widget", "context"))
    assert fingerprint(asking, context) != fingerprint(asking, Context())
    assert fingerprint(asking, context) != fingerprint(
        asking, replace(context, trusted_accounts=frozenset({"2"}))
    )

    monkeypatch.syspath_prepend(str(tmp_path))
    file = tmp_path / "made_for_fingerprints.py"
    file.write_text("def judge(widget):\n    return None\n", encoding="utf-8")
    made = replace(BLUE, judge=importlib.import_module("made_for_fingerprints").judge)
    before = fingerprint(made, context)
    file.write_text("def judge(widget):\n    return 1\n", encoding="utf-8")
    for each in (fingerprints._source, fingerprints._digest, fingerprints._imports, fingerprints._closure):
        each.cache_clear()
    sys.modules.pop("made_for_fingerprints")
    importlib.invalidate_caches()
    assert fingerprint(made, context) != before


def test_fingerprints_follow_the_helpers() -> None:
    _, policies = load()
    (one,) = policies.named("iam_rotate_access_key_90_days")
    closure = fingerprints._closure("liveaudit.services.iam.users")
    assert {
        "liveaudit.services.iam.users",
        "liveaudit.services.iam.shapes",
        "liveaudit.policies.shapes",
        "liveaudit.policies.clock",
        "liveaudit.policies.documents.parse",
        "liveaudit.model",
    } <= closure
    assert not [each for each in closure if each.startswith(("liveaudit.store", "liveaudit.audit"))]
    assert fingerprint(one, Context()) == fingerprint(one, Context(frozenset({"1"}))), "it does not ask"


async def test_a_policy_that_is_taken_out_while_it_judges_says_nothing(
    auditor: Auditor, aws: FakeAws, clock: Clock
) -> None:
    await prepared(auditor, clock)
    before = await standing(auditor)
    auditor.policies = others(replace(BLUE, judge=never_red, severity=Severity.CRITICAL))
    await rejudger(auditor).step()

    def taken_out(step: str) -> None:
        if step == "judged":
            auditor.policies = others(without=(BLUE.id,))

    auditor.probe = taken_out
    await drain(auditor)
    assert {each for each in await standing(auditor) if each[1] == BLUE.id} <= before.keys()
    await rejudger(auditor).step()
    await drain(auditor)
    assert {status for (_, policy), status in (await standing(auditor)).items() if policy == BLUE.id} == {
        "archived"
    }
