"""Plans carried out: to the end whatever fails on the way, resumable after a kill at any call, twice at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.aws.errors import AwsCallError, Kind
from liveaudit.catalog.catalog import Catalog
from liveaudit.provision.apply import Outcome, apply, setting_up, taking_down
from liveaudit.provision.hands import Hands, make_hands
from liveaudit.provision.installation import Account, Installation, SetupError
from liveaudit.provision.observe import observe
from liveaudit.provision.planner import Options
from liveaudit.provision.progress import Lines
from liveaudit.provision.steps import Subject
from liveaudit.services import load
from tests.support.cloud import Call, Cloud, KilledError, answer
from tests.unit.provision.conftest import EU, OTHER, PUBLISHER, RECEIVER, US

pytestmark = pytest.mark.anyio
WHOLE = Installation(
    RECEIVER, tuple(Account(each, regions=(EU, US)) for each in (RECEIVER, PUBLISHER, OTHER))
)
SMALL = Installation(RECEIVER, tuple(Account(each, regions=(US,)) for each in (RECEIVER, PUBLISHER)))
NO_ROLE = (
    "Account 222222222222 should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship "
    "to Role 'AWSCloudFormationStackSetAdministrationRole'."
)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Time:
    """A clock that moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


def hands(
    cloud: Cloud, installation: Installation = WHOLE, *, patience: float = 600.0, **given: Any
) -> Hands:
    time = given.pop("time", None) or Time()
    return make_hands(
        cloud, installation, clock=lambda: time.now, sleep=time.sleep, patience=patience, **given
    )


async def set_up(cloud: Cloud, installation: Installation = WHOLE, **given: Any) -> Outcome:
    options = given.pop("options", None)
    return await apply(hands(cloud, installation, **given), setting_up(installation, *load()), options)


async def take_down(cloud: Cloud, installation: Installation = WHOLE, **given: Any) -> Outcome:
    return await apply(hands(cloud, installation), taking_down(installation), Options(**given))


def failing(reason: str, *, action: str = "CREATE", account: str = PUBLISHER, times: int = 10**9) -> Any:
    left: dict[str, int] = {}

    def fails(given: str, name: str, where: str, region: str) -> str:
        left.setdefault(region, times)
        if (given, where) != (action, account) or name != "liveaudit-publisher" or left[region] == 0:
            return ""
        left[region] -= 1
        return reason

    return fails


def standing(cloud: Cloud, name: str = "liveaudit-publisher") -> dict[tuple[str, str], str]:
    return {target: each["Status"] for target, each in cloud.sets[name, ""].instances.items()}


async def test_from_nothing_to_everything_and_then_nothing_more() -> None:
    cloud = Cloud()
    outcome = await set_up(cloud)
    assert outcome.complete
    assert standing(cloud) == dict.fromkeys([(a, r) for a in (PUBLISHER, OTHER) for r in (EU, US)], "CURRENT")
    assert {each["Sid"] for each in cloud.buses[EU]} == {f"liveaudit-{each}" for each in (PUBLISHER, OTHER)}
    preferences = [
        params["OperationPreferences"] for operation, params in cloud.sent if "Instances" in operation
    ]
    assert (
        preferences
        == [
            {
                "RegionConcurrencyType": "PARALLEL",
                "MaxConcurrentPercentage": 100,
                "FailureTolerancePercentage": 100,
                "ConcurrencyMode": "SOFT_FAILURE_TOLERANCE",
            }
        ]
        * 2
    )
    before = cloud.changes()
    again = await set_up(cloud)
    assert again.complete
    assert again.rounds == 0
    assert cloud.changes() == before


async def test_taken_down_nothing_is_left() -> None:
    cloud = Cloud()
    await set_up(cloud)
    strangers = {"Sid": "of-somebody-else", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents"}
    cloud.buses[EU].append(strangers)
    outcome = await take_down(cloud)
    assert outcome.complete
    assert cloud.sets == {}
    assert cloud.buses == {EU: [strangers], US: []}


async def test_one_failed_account_holds_up_nobody() -> None:
    cloud = Cloud(fails=failing(NO_ROLE))
    outcome = await set_up(cloud)
    assert not outcome.complete
    assert {(each.subject.account, each.reason) for each in outcome.plan.stuck} == {(PUBLISHER, NO_ROLE)}
    assert {t: s for t, s in standing(cloud).items() if t[0] == OTHER} == {
        (OTHER, EU): "CURRENT",
        (OTHER, US): "CURRENT",
    }
    assert cloud.changes().count("CreateStackInstances") == 2, "what cannot help is not tried again"
    cloud.fails = lambda *_: ""
    assert (await set_up(cloud)).complete, "run again once the role is there"


async def test_what_may_pass_is_tried_again_once() -> None:
    cloud = Cloud(fails=failing("something odd", times=1))
    assert (await set_up(cloud)).complete
    lasting = Cloud(fails=failing("something odd"))
    outcome = await set_up(lasting)
    assert not outcome.complete
    assert lasting.changes().count("CreateStackInstances") == 3
    assert {each.reason for each in outcome.plan.stuck} == {"something odd"}


async def test_what_cannot_be_updated_is_removed_and_made_again() -> None:
    cloud = Cloud()
    await set_up(cloud)
    for target in ((PUBLISHER, EU), (PUBLISHER, US)):
        cloud.sets["liveaudit-publisher", ""].instances[target]["Status"] = "OUTDATED"
    cloud.sent.clear()
    cloud.fails = failing("it does not work", action="UPDATE")
    assert (await set_up(cloud)).complete
    assert cloud.changes() == ["UpdateStackInstances", "DeleteStackInstances", "CreateStackInstances"]
    inoperable = cloud.sets["liveaudit-publisher", ""].instances[PUBLISHER, EU]
    inoperable["Status"] = "INOPERABLE"
    cloud.sent.clear()
    assert (await set_up(cloud)).complete
    assert cloud.changes() == ["DeleteStackInstances", "CreateStackInstances"]


async def test_throttling_in_the_middle_is_waited_for() -> None:
    seen: dict[Call, int] = {}

    def throttled(_number: int, call: Call) -> None:
        seen[call] = seen.get(call, 0) + 1
        if seen[call] <= 2:
            raise AwsCallError(Kind.THROTTLED, "Throttling", "Rate exceeded", call[3])

    time = Time()
    assert (await set_up(Cloud(before=throttled), time=time)).complete
    assert time.sleeps
    assert max(time.sleeps) <= 15


async def test_a_denied_grant_leaves_out_its_region() -> None:
    def denied(_number: int, call: Call) -> None:
        if call[1:] == (EU, "events", "PutPermission"):
            raise AwsCallError(Kind.DENIED, "AccessDeniedException", "not authorized", "PutPermission")

    cloud = Cloud(before=denied)
    outcome = await set_up(cloud)
    assert not outcome.complete
    assert set(standing(cloud)) == {(PUBLISHER, US), (OTHER, US)}
    reasons: dict[Subject, str] = {each.subject: each.reason for each in outcome.plan.stuck}
    assert {each.region for each in reasons} == {EU}
    assert all("grant" in why or "not authorized" in why for why in reasons.values())


async def test_somebody_elses_stack_set_is_refused_and_nothing_is_changed() -> None:
    cloud = Cloud()
    cloud._create_stack_set(US, {"StackSetName": "liveaudit-receiver", "TemplateBody": "Resources: {}"})
    for run in (set_up, take_down):
        with pytest.raises(SetupError, match="liveaudit-receiver that was not made by liveaudit"):
            await run(cloud)
    assert cloud.changes() == []


async def test_two_at_once_come_to_the_same_end() -> None:
    cloud = Cloud(polls=5)
    outcomes = await asyncio.gather(set_up(cloud), set_up(cloud))
    assert [each.complete for each in outcomes] == [True, True]
    assert standing(cloud) == dict.fromkeys([(a, r) for a in (PUBLISHER, OTHER) for r in (EU, US)], "CURRENT")
    assert {name for name, _ in cloud.sets} == {"liveaudit-publisher", "liveaudit-receiver"}
    down = await asyncio.gather(take_down(cloud), take_down(cloud))
    assert [each.complete for each in down] == [True, True]
    assert cloud.sets == {}


async def test_an_operation_of_somebody_else_is_waited_for_and_told() -> None:
    cloud = Cloud()
    await set_up(cloud)
    cloud.sets["liveaudit-publisher", ""].given["TemplateBody"] = cloud.sets["liveaudit-receiver", ""].given[
        "TemplateBody"
    ]
    theirs = cloud._update_stack_instances(
        US, {"StackSetName": "liveaudit-publisher", "Accounts": [OTHER], "Regions": [EU]}
    )
    told: list[str] = []
    assert (await set_up(cloud, progress=Lines(told.append))).complete
    assert any(theirs["OperationId"] in line for line in told)


async def test_patience_ends_and_the_next_run_goes_on() -> None:
    cloud = Cloud(polls=10**6)
    outcome = await set_up(cloud, patience=30.0)
    assert not outcome.complete
    assert "patience is over" in outcome.interrupted
    (running,) = [
        e for made in cloud.sets.values() for e in made.operations.values() if e.status == "RUNNING"
    ]
    running.polls, cloud.polls = 0, 1
    assert (await set_up(cloud)).complete
    assert cloud.changes().count("CreateStackSet") == 2


async def test_abandoned_stacks_stay_and_the_rest_goes() -> None:
    cloud = Cloud()
    await set_up(cloud)
    cloud.fails = failing("the role is gone", action="DELETE")
    stuck = await take_down(cloud)
    assert not stuck.complete
    assert standing(cloud) == {(PUBLISHER, EU): "INOPERABLE", (PUBLISHER, US): "INOPERABLE"}
    assert (await take_down(cloud, abandon=frozenset({PUBLISHER}))).complete
    retained = [
        params["RetainStacks"] for operation, params in cloud.sent if operation == "DeleteStackInstances"
    ]
    assert retained[-1] is True
    assert cloud.sets == {}


async def test_what_drifted_is_written_again_with_another_value() -> None:
    cloud = Cloud()
    await set_up(cloud)
    cloud.sent.clear()
    drifted = Options(drifted=frozenset({(RECEIVER, EU), (PUBLISHER, US)}), repair="r7")
    assert (await set_up(cloud, options=drifted)).complete
    assert [
        (params["StackSetName"], params["Accounts"], params["Regions"], params["ParameterOverrides"])
        for _, params in cloud.sent
    ] == [
        (name, [account], [region], [{"ParameterKey": "Repair", "ParameterValue": "r7"}])
        for name, account, region in (
            ("liveaudit-receiver", RECEIVER, EU),
            ("liveaudit-publisher", PUBLISHER, US),
        )
    ]


Kill = Callable[[int], Cloud]


def killed_before(index: int) -> Callable[[int, Call], None]:
    def kill(number: int, _call: Call) -> None:
        if number == index:
            raise KilledError

    return kill


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_killed_at_every_call_the_next_run_goes_on(moment: str) -> None:
    whole = Cloud(polls=1)
    await set_up(whole, SMALL)
    await take_down(whole, SMALL)
    up = len((await counted(set_up)).calls)
    for index in range(len(whole.calls)):
        cloud = Cloud(polls=1)
        if index >= up:
            await set_up(cloud, SMALL)
        setattr(cloud, moment, killed_before(index))
        with pytest.raises(KilledError):
            await (set_up if index < up else take_down)(cloud, SMALL)
        setattr(cloud, moment, lambda *_: None)
        if index < up:
            assert (await set_up(cloud, SMALL)).complete, index
            assert standing(cloud) == {(PUBLISHER, US): "CURRENT"}, index
            assert [each["Sid"] for each in cloud.buses[US]] == [f"liveaudit-{PUBLISHER}"], index
        assert (await take_down(cloud, SMALL)).complete, index
        assert cloud.sets == {}, index
        assert cloud.buses.get(US, []) == [], index


async def counted(run: Callable[[Cloud, Installation], Any]) -> Cloud:
    cloud = Cloud(polls=1)
    await run(cloud, SMALL)
    return cloud


async def test_a_stack_set_that_vanishes_meanwhile_is_made_again(catalog: Catalog) -> None:
    gone = [False]

    def vanish(_number: int, call: Call) -> None:
        if call[3] == "CreateStackInstances" and not gone[0]:
            gone[0] = True
            raise answer("StackSetNotFoundException", "gone")

    assert (await set_up(Cloud(before=vanish))).complete


@pytest.mark.parametrize(
    ("kind", "told"), [(Kind.DENIED, "liveaudit iam --account 111111111111"), (Kind.UNAVAILABLE, "try again")]
)
async def test_what_cannot_be_seen_at_all_says_what_to_do(kind: Kind, told: str) -> None:
    def refused(_number: int, call: Call) -> None:
        raise AwsCallError(kind, "Code", "no", call[3])

    with pytest.raises(SetupError, match=f"{RECEIVER} {US}: the stack set .* cannot be seen: .*{told}"):
        await observe(Cloud(before=refused), WHOLE)
