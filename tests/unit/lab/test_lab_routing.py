"""Which events reach which queues: routing over a world made of dictionaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from liveaudit.lab.delivery import Bus, Envelope, Rule, Sent, Target, Undeliverable, route
from liveaudit.lab.permissions import documents
from liveaudit.lab.permissions.authority import named
from liveaudit.lab.permissions.evaluation import Kind, Policies, Policy, Request, decide

HOME, OTHER, THIRD = "111111111111", "222222222222", "333333333333"
REGION = "eu-west-1"
EVENT = {"source": "aws.s3", "account": HOME, "region": REGION}
ROLE = f"arn:aws:iam::{HOME}:role/forwarding"
ALL = Policies(
    (Policy(documents.parse('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')),)
)


@dataclass
class FakeWorld:
    buses: dict[Bus, list[Rule]] = field(default_factory=dict)
    bus_policies: dict[str, str] = field(default_factory=dict)
    queues: dict[str, str | None] = field(default_factory=dict)
    refused_roles: set[str] = field(default_factory=set)

    def rules(self, bus: Bus) -> list[Rule] | None:
        return self.buses.get(bus)

    def has_queue(self, arn: str) -> bool:
        return arn in self.queues

    def refusal(self, rule_arn: str, role_arn: str, action: str, resource: str) -> str:
        text = self.queues.get(resource) or self.bus_policies.get(resource)
        guard = Policy(documents.parse(text), Kind.RESOURCE) if text else None
        who = named(role_arn or "events.amazonaws.com")
        request = Request(who, action, resource, {"aws:sourcearn": rule_arn})
        policies = Policies() if role_arn in self.refused_roles else ALL
        return decide(request, policies, guard, owner=resource.split(":")[4]).why(action)

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
            Bus(OTHER, REGION).arn: policy(
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


def test_a_targets_role_must_be_allowed_too() -> None:
    world = forwarding()
    world.refused_roles.add(ROLE)
    assert reason(world) == (
        "NO_PERMISSIONS: because no identity-based policy allows the events:PutEvents action"
    )
    target = Target("t", queue(OTHER), ROLE)
    direct = FakeWorld(
        {Bus(HOME, REGION): [rule(HOME, target)]}, queues={queue(OTHER): open_queue({"AWS": ROLE})}
    )
    assert isinstance(outcomes(direct)[0], Sent)
    direct.refused_roles.add(ROLE)
    assert "sqs:SendMessage" in reason(direct)


def test_a_queue_bound_to_another_rule() -> None:
    other = {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:{REGION}:{HOME}:rule/other"}}
    bound = policy(Principal={"Service": "events.amazonaws.com"}, Action="sqs:SendMessage", Condition=other)
    world = FakeWorld(
        {Bus(HOME, REGION): [rule(HOME, Target("t", queue(HOME)))]}, queues={queue(HOME): bound}
    )
    assert "no resource-based policy allows" in reason(world)
    world.queues[queue(HOME)] = bound.replace("rule/other", "rule/rule")
    assert isinstance(outcomes(world)[0], Sent)
