"""Which events reach which queues: routing over a world made of dictionaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from liveaudit.lab.delivery import Bus, Envelope, Rule, Sent, Target, Undeliverable, may_put, route
from liveaudit.lab.resource_policy import Request, allows

HOME, OTHER, THIRD = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
EVENT = {"source": "aws.s3", "account": HOME, "region": REGION}
ROLE = f"arn:aws:iam::{HOME}:role/forwarding"


@dataclass
class FakeWorld:
    buses: dict[Bus, list[Rule]] = field(default_factory=dict)
    bus_policies: dict[Bus, str] = field(default_factory=dict)
    queues: dict[str, str | None] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)

    def rules(self, bus: Bus) -> list[Rule] | None:
        return self.buses.get(bus)

    def bus_policy(self, bus: Bus) -> str | None:
        return self.bus_policies.get(bus)

    def organization(self, account: str) -> str | None:
        return self.organizations.get(account)

    def queue_policy(self, arn: str) -> tuple[bool, str | None]:
        return arn in self.queues, self.queues.get(arn)

    def role_refusal(self, rule_arn: str, role_arn: str, action: str, resource: str) -> str:
        return self.roles.get(f"{role_arn} {action}", "")

    def send(self, queue_arn: str, body: str, attributes: Mapping[str, str], group_id: str | None) -> None:
        raise AssertionError("routing sends nothing")


def queue(account: str, name: str = "queue", region: str = REGION) -> str:
    return f"arn:aws:sqs:{region}:{account}:{name}"


def rule(account: str, *targets: Target, enabled: bool = True, wanted: str = "aws.s3") -> Rule:
    def matches(envelope: Envelope) -> bool:
        return bool(envelope["source"] == wanted)

    return Rule(f"arn:aws:events:{REGION}:{account}:rule/rule", enabled, matches, targets)


def policy(**statement: Any) -> str:
    return json.dumps({"Statement": {"Effect": "Allow", "Resource": "*", **statement}})


def open_queue(principal: Any = None) -> str:
    return policy(Principal=principal or {"Service": "events.amazonaws.com"}, Action="sqs:SendMessage")


def outcomes(world: FakeWorld) -> list[Sent | Undeliverable]:
    return list(route(world, Bus(HOME, REGION), EVENT))


def reason(world: FakeWorld) -> str:
    (outcome,) = outcomes(world)
    assert isinstance(outcome, Undeliverable)
    return outcome.reason


def test_to_a_queue() -> None:
    target = Target("t", queue(HOME), group_id="g")
    world = FakeWorld({Bus(HOME, REGION): [rule(HOME, target)]}, queues={queue(HOME): open_queue()})
    (sent,) = outcomes(world)
    assert isinstance(sent, Sent)
    assert json.loads(sent.body) == EVENT
    assert sent.group_id == "g"


def test_disabled_or_not_matching() -> None:
    rules = [
        rule(HOME, Target("t", queue(HOME)), enabled=False),
        rule(HOME, Target("t", queue(HOME)), wanted="aws.ec2"),
    ]
    assert outcomes(FakeWorld({Bus(HOME, REGION): rules}, queues={queue(HOME): open_queue()})) == []


@pytest.mark.parametrize(
    ("target", "queues", "expected"),
    [
        (Target("t", queue(HOME)), {}, "NO_RESOURCE"),
        (Target("t", queue(HOME)), {queue(HOME): None}, "NO_PERMISSIONS"),
        (
            Target("t", queue(HOME, region="us-east-1")),
            {queue(HOME, region="us-east-1"): open_queue()},
            "region",
        ),
        (Target("t", queue(OTHER)), {queue(OTHER): open_queue()}, "needs a role"),
        (Target("t", queue(OTHER), ROLE), {queue(OTHER): open_queue()}, "NO_PERMISSIONS"),
        (Target("t", f"arn:aws:lambda:{REGION}:{HOME}:function:f"), {}, "no target of the service lambda"),
    ],
)
def test_undeliverable(target: Target, queues: dict[str, str | None], expected: str) -> None:
    assert expected in reason(FakeWorld({Bus(HOME, REGION): [rule(HOME, target)]}, queues=queues))


def test_a_dead_letter_needs_a_policy_too() -> None:
    target = Target("t", queue(HOME), dead_letter_arn=queue(HOME, "dead"))
    world = FakeWorld({Bus(HOME, REGION): [rule(HOME, target)]}, queues={queue(HOME, "dead"): None})
    (outcome,) = outcomes(world)
    assert isinstance(outcome, Undeliverable)
    assert outcome.dead_letter is None
    world.queues[queue(HOME, "dead")] = open_queue()
    (outcome,) = outcomes(world)
    assert isinstance(outcome, Undeliverable)
    assert outcome.dead_letter is not None
    assert outcome.dead_letter.attributes["ERROR_CODE"] == "NO_RESOURCE"


def forwarding() -> FakeWorld:
    hop = Target("bus", Bus(OTHER, REGION).arn, ROLE)
    return FakeWorld(
        {
            Bus(HOME, REGION): [rule(HOME, hop)],
            Bus(OTHER, REGION): [rule(OTHER, Target("t", queue(OTHER)))],
        },
        {
            Bus(OTHER, REGION): policy(
                Principal={"AWS": f"arn:aws:iam::{HOME}:root"}, Action="events:PutEvents"
            )
        },
        {queue(OTHER): open_queue()},
    )


def test_one_hop() -> None:
    (sent,) = outcomes(forwarding())
    assert isinstance(sent, Sent)
    assert sent.queue_arn == queue(OTHER)
    assert json.loads(sent.body)["account"] == HOME


def test_no_second_hop() -> None:
    world = forwarding()
    world.buses[Bus(OTHER, REGION)] = [rule(OTHER, Target("bus", Bus(THIRD, REGION).arn, "role"))]
    world.buses[Bus(THIRD, REGION)] = []
    assert "not forwarded again" in reason(world)


def test_hop_without_grant_role_or_bus() -> None:
    world = forwarding()
    world.bus_policies.clear()
    assert "NO_PERMISSIONS" in reason(world)
    world = forwarding()
    world.buses[Bus(HOME, REGION)] = [rule(HOME, Target("bus", Bus(OTHER, REGION).arn))]
    assert "RoleArn" in reason(world)
    world = forwarding()
    del world.buses[Bus(OTHER, REGION)]
    assert "NO_RESOURCE" in reason(world)


def test_to_another_bus_of_the_same_account() -> None:
    custom = Bus(HOME, REGION, "custom")
    world = FakeWorld(
        {
            Bus(HOME, REGION): [rule(HOME, Target("b", custom.arn))],
            custom: [rule(HOME, Target("t", queue(HOME)))],
        },
        queues={queue(HOME): open_queue()},
    )
    assert len(outcomes(world)) == 1


def test_grant_to_an_organisation() -> None:
    bus = Bus(OTHER, REGION)
    condition = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    world = FakeWorld(
        bus_policies={bus: policy(Principal="*", Action="events:PutEvents", Condition=condition)}
    )
    assert not may_put(world, HOME, ROLE, bus)
    world.organizations[HOME] = "o-1"
    assert may_put(world, HOME, ROLE, bus)


SEND = Request(
    "sqs:SendMessage",
    "arn:q",
    service="events.amazonaws.com",
    context={"aws:SourceArn": "arn:aws:events:r:1:rule/a"},
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:events:r:1:rule/a"}}, True),
        ({"ArnLike": {"AWS:sourcearn": ["x", "arn:aws:events:*:1:rule/*"]}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:events:r:1:rule/b"}}, False),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:events:r:1:rule/a"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "1"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "1"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, True),
        ({"Null": {"aws:SourceArn": "false"}}, True),
        ({"Null": {"aws:SourceArn": "true"}}, False),
        ({"NumericLessThan": {"aws:SourceArn": "3"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], expected: bool) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com"]},
        "Action": ["SQS:Send*"],
        "Resource": "arn:q",
        "Condition": condition,
    }
    assert allows({"Statement": [statement]}, SEND) is expected


@pytest.mark.parametrize(
    "document",
    [
        None,
        "",
        "not json",
        {},
        {"Statement": "text"},
        policy(Principal={"Service": "sns.amazonaws.com"}, Action="sqs:SendMessage"),
        policy(Principal={"AWS": HOME}, Action="sqs:SendMessage"),
        policy(Principal={"Service": "events.amazonaws.com"}, Action="sqs:ReceiveMessage"),
        policy(Action="sqs:SendMessage"),
    ],
)
def test_documents_that_allow_nothing(document: Any) -> None:
    assert not allows(document, SEND)


def test_a_deny_wins() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    assert allows({"Statement": [allow]}, SEND)
    assert not allows({"Statement": [allow, {**allow, "Effect": "Deny"}]}, SEND)


def test_the_targets_role_must_be_allowed_too() -> None:
    world = forwarding()
    world.roles[f"{ROLE} events:PutEvents"] = "the trust policy does not allow it"
    assert reason(world) == "NO_PERMISSIONS: the trust policy does not allow it"
    target = Target("t", queue(HOME), ROLE)
    world = FakeWorld({Bus(HOME, REGION): [rule(HOME, target)]}, queues={queue(HOME): None})
    (sent,) = outcomes(world)
    assert isinstance(sent, Sent)
    world.roles[f"{ROLE} sqs:SendMessage"] = "not authorized"
    assert reason(world) == "NO_PERMISSIONS: not authorized"
