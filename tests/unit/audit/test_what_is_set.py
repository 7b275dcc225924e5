"""What people set of policies, and exemptions: from the store to findings, with no call where all is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from liveaudit.audit.auditor import Auditor
from liveaudit.audit.declared import Declared
from liveaudit.audit.rejudge import Rejudger
from liveaudit.audit.sweep import Scope as SweepScope
from liveaudit.audit.sweep import Sweeper
from liveaudit.model import Cause, Severity, Verdict, failed, passed
from liveaudit.policies.parameters import number
from liveaudit.policies.policy import PolicyRegistry, policy
from liveaudit.policies.rulebook import Exemption, Setting, State
from liveaudit.policies.scope import Scope
from liveaudit.settings import check, parse
from liveaudit.settings.followed import Followed
from liveaudit.store import findings, rules, tallies, work
from liveaudit.store.decisions import decide
from liveaudit.store.exempted import Use, uses
from liveaudit.store.life import Decision, by_person
from liveaudit.store.work import Due
from tests.support.fake import (
    ACCOUNT,
    CATALOG,
    POLICIES,
    REGION,
    Clock,
    FakeAws,
    make_auditor,
    resource,
    widget,
)
from tests.support.stores import Stores

pytestmark = pytest.mark.anyio
RED = "widget_is_blue"
WITH_LIMIT = PolicyRegistry()
for _each in POLICIES.all():
    WITH_LIMIT.add(_each)


@policy(
    widget,
    "widget_has_few_crates",
    Severity.LOW,
    title="A title",
    why="because",
    fix="mend it",
    takes=(number("most", 0, "How many crates are few."),),
    registry=WITH_LIMIT,
)
def has_few_crates(widget: Mapping[str, Any], most: int) -> Verdict:
    """For the tests."""
    return failed(f"more than {most}") if len(widget["Crates"]) > most else passed()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def aws() -> FakeAws:
    """Four widgets, two of them red, all locked and each in one crate."""
    made = FakeAws()
    for at in range(4):
        made.widgets[f"w{at}"] = {"Color": "red" if at % 2 else "blue", "Lock": "L", "Crates": ["c"]}
    made.crates["c"] = ["label"]
    return made


@pytest.fixture
def auditor(stores: Stores, aws: FakeAws, clock: Clock) -> Iterator[Auditor]:
    made = make_auditor(stores, aws, clock)
    made.policies = WITH_LIMIT
    yield made
    made.database.close()


class Story:
    """A store with a worker, and people who set things."""

    def __init__(self, auditor: Auditor, clock: Clock, aws: FakeAws) -> None:
        self.auditor, self.clock, self.aws = auditor, clock, aws
        self.database = auditor.database
        self.rejudger = Rejudger(
            auditor.database, auditor.policies, lambda: auditor.context, auditor.clock, CATALOG
        )

    async def drain(self) -> int:
        done = 0
        while claims := await self.auditor.claim(64):
            await self.auditor.audit(claims)
            done += len(claims)
        return done

    async def begin(self) -> None:
        await Sweeper(self.auditor).sweep(SweepScope("aws", ACCOUNT, (REGION,)), "s1")
        await self.settle()

    async def settle(self) -> int:
        """All that follows from what was set. Returns how many resources were judged anew."""
        self.clock.now += 60
        made = await self.rejudger.step()
        await self.drain()
        return made

    async def set(self, **given: Any) -> None:
        scope = given.pop("scope", Scope(policies=(RED,)))
        setting = Setting(id=given.pop("id", "s1"), scope=scope, **given)
        await self.database.write(lambda c: rules.put_setting(c, setting))

    async def exempt(self, **given: Any) -> None:
        scope = given.pop("scope", Scope(policies=(RED,)))
        made = Exemption(
            id=given.pop("id", "e1"), scope=scope, reason="agreed", made_at=self.clock.now, **given
        )
        await self.database.write(lambda c: rules.put_exemptions(c, [made]))

    async def audited(self, name: str, event: str = "e", *sections: str) -> None:
        cause = Cause(event, "event", frozenset(sections))
        due = Due(resource(name), CATALOG.arn(resource(name)), cause)
        await self.database.write(lambda c: work.add_due(c, [due], self.clock.now))
        for _ in range(3):
            self.clock.now += 600
            await self.drain()

    async def stand(self, policy_id: str = RED) -> dict[str, str]:
        found = await self.database.read(
            lambda c: findings.list_findings(c, findings.Filter(policy=policy_id))
        )
        return {each["resource"]: each["status"] for each in found}

    async def one(self, name: str, policy_id: str = RED) -> dict[str, Any]:
        found = await self.database.read(
            lambda c: findings.list_findings(c, findings.Filter(policy=policy_id, resource=name))
        )
        return (await self.database.read(lambda c: findings.get_findings(c, found[0]["id"])))[0]


@pytest.fixture
async def story(auditor: Auditor, clock: Clock, aws: FakeAws) -> Story:
    made = Story(auditor, clock, aws)
    await made.begin()
    assert await made.stand() == {"w1": "new", "w3": "new"}
    return made


async def test_disabled_archives_and_enabled_reopens_without_a_call(story: Story, aws: FakeAws) -> None:
    calls = aws.counts.total()
    await story.set(state=State.DISABLED, reason="noise")
    assert await story.settle() == 4
    assert await story.stand() == {"w1": "archived", "w3": "archived"}
    assert (await story.one("w1"))["history"][-1]["reason"] == "the policy is disabled: noise"
    verdicts = await story.database.read(lambda c: findings.list_verdicts(c, findings.Filter(policy=RED)))
    assert verdicts == []
    await story.database.write(lambda c: rules.drop_setting(c, "s1"))
    await story.settle()
    assert await story.stand() == {"w1": "reopened", "w3": "reopened"}
    assert aws.counts.total() == calls, "what is stored is judged"
    assert await story.settle() == 0


async def test_what_a_disabled_policy_reads_is_kept_up_to_date(story: Story, aws: FakeAws) -> None:
    await story.set(state=State.DISABLED)
    await story.settle()
    aws.widgets["w1"]["Color"] = "blue"
    aws.widgets["w0"]["Color"] = "red"
    for name in ("w0", "w1"):
        await story.audited(name, f"paint-{name}", "widget")
    calls = aws.counts.total()
    await story.database.write(lambda c: rules.drop_setting(c, "s1"))
    await story.settle()
    assert await story.stand() == {"w0": "new", "w1": "archived", "w3": "reopened"}
    assert aws.counts.total() == calls


async def test_staged_judges_silently_until_it_is_released(story: Story, aws: FakeAws) -> None:
    await story.set(state=State.STAGED, reason="trial")
    await story.settle()
    assert set((await story.stand()).values()) == {"archived"}
    aws.widgets["w0"]["Color"] = "red"
    await story.audited("w0", "paint", "widget")
    assert "w0" not in await story.stand(), "its verdict opens nothing"
    verdicts = await story.database.read(
        lambda c: findings.list_verdicts(c, findings.Filter(policy=RED, outcome=("FAIL",)))
    )
    assert {each["id"]: each["staged"] for each in verdicts} == {"w0": True, "w1": True, "w3": True}
    counted = await story.database.read(tallies.tally)
    assert RED not in counted or counted[RED].outcomes == {}, "no framework counts it"
    await story.set(state=State.ENABLED)
    await story.settle()
    assert await story.stand() == {"w0": "new", "w1": "reopened", "w3": "reopened"}
    assert (await story.database.read(tallies.tally))[RED].findings == 3


async def test_severity_and_parameters_of_some(story: Story) -> None:
    calls = story.aws.counts.total()
    await story.set(severity=Severity.CRITICAL, scope=Scope(resources=("*widget/w3",)))
    await story.set(id="s2", parameters={"most": 1}, scope=Scope(policies=("widget_*",)))
    await story.settle()
    severities = {name: (await story.one(name))["severity"] for name in ("w1", "w3")}
    assert severities == {"w1": "high", "w3": "critical"}
    assert set((await story.stand("widget_has_few_crates")).values()) == {"resolved"}
    await story.set(id="s3", parameters={"most": "many"}, scope=Scope())
    await story.settle()
    assert set((await story.stand("widget_has_few_crates")).values()) == {"resolved"}, "no such value"
    assert story.aws.counts.total() == calls


async def test_the_last_that_says_something_decides(story: Story) -> None:
    await story.set(id="all", state=State.DISABLED, scope=Scope(services=("fake",)))
    await story.set(id="one", state=State.ENABLED, scope=Scope(policies=(RED,), accounts=(ACCOUNT,)))
    await story.settle()
    assert set((await story.stand()).values()) == {"new"}
    await story.set(id="none", state=State.DISABLED, scope=Scope(severities=("high",)))
    await story.settle()
    assert set((await story.stand()).values()) == {"archived"}


async def test_an_exemption_suppresses_and_lets_go_when_it_ends(story: Story, aws: FakeAws) -> None:
    calls = aws.counts.total()
    await story.exempt(scope=Scope(resources=("w1",)), ends_at=story.clock.now + 10_000)
    assert await story.settle() == 1, "only what has findings that it may concern is judged anew"
    assert await story.stand() == {"w1": "suppressed", "w3": "new"}
    told = await story.one("w1")
    assert (told["decided_by"], told["history"][-1]["reason"]) == ("exemption:e1", "agreed")
    assert aws.counts.total() == calls
    await story.audited("w1", "again", "widget")
    assert (await story.stand())["w1"] == "suppressed"
    calls = aws.counts.total()
    assert await story.settle() == 0
    story.clock.now += 10_000
    assert await story.settle() == 1
    assert await story.stand() == {"w1": "reopened", "w3": "new"}
    assert (await story.one("w1"))["history"][-1]["reason"] == "the exemption counts no longer"
    assert aws.counts.total() == calls


async def test_what_is_new_under_an_exemption_is_never_open(story: Story, aws: FakeAws) -> None:
    await story.exempt(scope=Scope(policies=("widget_is_b*",)))
    await story.settle()
    aws.widgets["w0"]["Color"] = "red"
    await story.audited("w0", "paint", "widget")
    told = await story.one("w0")
    assert [each["status"] for each in told["history"]] == ["suppressed"]
    exemptions = await story.database.read(rules.list_exemptions)
    assert await story.database.read(lambda c: uses(c, exemptions)) == {"e1": Use(3, 1)}
    aws.widgets["w0"]["Color"] = "blue"
    await story.audited("w0", "paint again", "widget")
    assert (await story.stand())["w0"] == "resolved", "an exemption is no decision on what is mended"
    aws.widgets["w0"]["Color"] = "red"
    await story.audited("w0", "and again", "widget")
    assert (await story.stand())["w0"] == "suppressed"
    assert await story.database.write(
        lambda c: rules.withdraw_exemption(c, "e1", by="ann", now=story.clock.now)
    )
    await story.settle()
    assert await story.stand() == {"w0": "reopened", "w1": "reopened", "w3": "reopened"}


async def test_what_people_decided_is_theirs(story: Story) -> None:
    finding = (await story.one("w1"))["id"]
    await story.database.write(
        lambda c: decide(c, [finding], Decision.FALSE_POSITIVE, by=by_person("ann"), reason="no", now=1.0)
    )
    await story.exempt()
    await story.settle()
    assert await story.stand() == {"w1": "false positive", "w3": "suppressed"}
    await story.database.write(lambda c: rules.withdraw_exemption(c, "e1", by="ann", now=story.clock.now))
    await story.settle()
    assert await story.stand() == {"w1": "false positive", "w3": "reopened"}


async def test_another_exemption_takes_over(story: Story) -> None:
    await story.exempt(ends_at=story.clock.now + 500)
    await story.exempt(id="e2", scope=Scope(services=("fake",)))
    await story.settle()
    assert (await story.one("w1"))["decided_by"] == "exemption:e2", "the one that lasts longest"
    await story.database.write(lambda c: rules.withdraw_exemption(c, "e2", by="ann", now=story.clock.now))
    await story.settle()
    told = await story.one("w1")
    assert (told["status"], told["decided_by"]) == ("suppressed", "exemption:e1")
    story.clock.now += 500
    await story.settle()
    assert (await story.stand())["w1"] == "reopened"


async def test_an_exemption_by_tag_follows_the_tags(story: Story, aws: FakeAws) -> None:
    aws.widgets["w1"]["Tags"] = {"env": "sandbox-7"}
    await story.exempt(scope=Scope(tags=("env=sandbox*",)), excluding=(Scope(tags=("important",)),))
    await story.settle()
    assert await story.stand() == {"w1": "suppressed", "w3": "new"}
    aws.widgets["w3"]["Tags"] = {"env": "sandbox-8"}
    await story.audited("w3", "tag", "tags")
    assert set((await story.stand()).values()) == {"suppressed"}
    aws.widgets["w1"]["Tags"] = {"env": "sandbox-7", "important": "yes"}
    await story.audited("w1", "tag too", "tags")
    assert await story.stand() == {"w1": "reopened", "w3": "suppressed"}


async def test_an_exemption_ends_while_nothing_is_known(story: Story, aws: FakeAws) -> None:
    await story.exempt()
    await story.settle()
    aws.deny("DescribeWidgets")
    await story.audited("w1", "unreadable", "widget")
    await story.database.write(lambda c: rules.withdraw_exemption(c, "e1", by="ann", now=story.clock.now))
    await story.settle()
    assert set((await story.stand()).values()) == {"reopened"}, "it stood violated when it was last seen"


async def test_a_disabled_policys_exempted_findings_are_archived_too(story: Story) -> None:
    await story.exempt()
    await story.settle()
    await story.set(state=State.DISABLED)
    await story.settle()
    assert set((await story.stand()).values()) == {"archived"}


async def test_two_workers_begin_once_and_both_judge_by_the_new_book(
    story: Story, stores: Stores, aws: FakeAws, clock: Clock
) -> None:
    other = make_auditor(stores, aws, clock)
    other.policies = WITH_LIMIT
    try:
        await story.set(state=State.DISABLED)
        beside = Rejudger(other.database, other.policies, lambda: other.context, clock, CATALOG)
        assert sorted([await story.rejudger.step(), await beside.step()]) == [0, 4]
        claims = await other.claim(64)
        await other.audit(claims)
        assert len(claims) == 4
        assert set((await story.stand()).values()) == {"archived"}, "it had never looked at the book before"
    finally:
        other.database.close()


async def test_the_file_is_followed(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "liveaudit.yaml"
    before = 'receiver: "111111111111"\naccounts: [{id: "111111111111"}]\nregions: [eu-west-1]\n'
    file.write_text(before + f"policies: [{{policies: [{RED}], state: disabled}}]\n")
    story.rejudger.declared = Declared(
        story.database,
        Followed(check(file).usable(), file, lambda path: check(path).usable()),
        story.clock,
    )
    await story.settle()
    assert set((await story.stand()).values()) == {"archived"}
    file.write_text(before + "policies: [{state: off}]\n")
    await story.settle()
    assert set((await story.stand()).values()) == {"archived"}, "a broken file changes nothing"
    file.write_text(before + f"exemptions: [{{policies: [{RED}], reason: known, ends: 2999-01-01}}]\n")
    await story.settle()
    assert set((await story.stand()).values()) == {"suppressed"}
    (exemption,) = await story.database.read(rules.list_exemptions)
    story.clock.now += 1
    file.write_text(
        before + f"# moved\nexemptions: [{{reason: known, policies: [{RED}], ends: 2998-01-01}}]\n"
    )
    await story.settle()
    (same,) = await story.database.read(rules.list_exemptions)
    assert (same.id, same.made_at) == (exemption.id, exemption.made_at)
    assert same.ends_at != exemption.ends_at
    file.write_text(before)
    await story.settle()
    assert set((await story.stand()).values()) == {"reopened"}
    (gone,) = await story.database.read(rules.list_exemptions)
    assert gone.withdrawn_by == "the settings file"


async def test_the_consoles_settings_come_after_the_files(story: Story) -> None:
    await story.set(state=State.ENABLED)
    declared = parse(
        {
            "receiver": ACCOUNT,
            "accounts": [{"id": ACCOUNT}],
            "regions": [REGION],
            "policies": [{"state": "disabled", "services": ["fake"]}],
        }
    )
    story.rejudger.declared = Declared(story.database, Followed(declared), story.clock)
    await story.settle()
    assert set((await story.stand()).values()) == {"new"}
    book = await story.database.read(lambda c: rules.read_book(c, {}))
    assert [each.source for each in book.settings] == ["file", "console"]
    (red,) = WITH_LIMIT.named(RED)
    assert book.usual(red).said_by["state"].id == "s1"
    assert book.usual(replace(red, id="another")).state == State.DISABLED
