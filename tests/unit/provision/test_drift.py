"""Drift: what stands as it was rolled out is no drift, and every change by hand is told."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from liveaudit.aws.errors import AwsCallError
from liveaudit.provision import names
from liveaudit.provision.desired import Desired, desired
from liveaudit.provision.drift import drifted
from liveaudit.provision.drift_stack import canonical
from liveaudit.provision.drifts import Drifts, Mend
from liveaudit.provision.grants import Bus
from liveaudit.provision.installation import Installation
from liveaudit.provision.observe import Observed, Problem, StackNow
from liveaudit.provision.resolved import resolve
from liveaudit.services import load
from tests.support.answers import Answers, answered, denied
from tests.support.installations import RECEIVER, SHOP, variants
from tests.unit.provision.test_plan import as_it_should_be

SOUTH = "eu-south-1"
CATALOG, POLICIES = load()


class World:
    """The resources of all stacks as AWS shows them. Tests change them by hand."""

    def __init__(self, wanted: Desired) -> None:
        self.rules: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.queues: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.roles: dict[tuple[str, str], dict[str, Any]] = {}
        for stack_set in wanted.stack_sets:
            for account, region in stack_set.targets:
                self._make(stack_set.template, wanted.installation.partition, account, region)
        for stack in wanted.stacks:
            self._make(stack.template, wanted.installation.partition, stack.account, stack.region)

    def _make(self, template: Mapping[str, Any], partition: str, account: str, region: str) -> None:
        for made in resolve(template, partition, account, region).values():
            given = json.loads(json.dumps(made.properties))
            if made.type == "AWS::Events::Rule":
                self.rules[account, region, made.name] = {
                    "State": given["State"],
                    "EventPattern": json.dumps(given["EventPattern"], indent=1),
                    "Targets": given["Targets"],
                }
            elif made.type == "AWS::SQS::Queue":
                attributes = {key: _as_sqs(each) for key, each in given.items() if key != "QueueName"}
                self.queues[account, region, made.name] = attributes
            elif made.type == "AWS::IAM::Role":
                self.roles[account, made.name] = {
                    "AssumeRolePolicyDocument": given["AssumeRolePolicyDocument"],
                    "policies": {
                        each["PolicyName"]: each["PolicyDocument"] for each in given.get("Policies", ())
                    },
                    "attached": [],
                }
            elif made.type == "AWS::SQS::QueuePolicy":
                for queue in given["Queues"]:
                    self.queues[account, region, queue]["Policy"] = json.dumps(given["PolicyDocument"])

    def caller(self, **more: Any) -> Answers:
        def found(place: Mapping[Any, Any], key: Any, code: str) -> Any:
            return place[key] if key in place else answered(code)

        def rule(account: str, region: str, params: Mapping[str, Any]) -> Any:
            return found(self.rules, (account, region, params["Name"]), "ResourceNotFoundException")

        def targets(account: str, region: str, params: Mapping[str, Any]) -> Any:
            return {"Targets": self.rules[account, region, params["Rule"]]["Targets"]}

        def url(account: str, region: str, params: Mapping[str, Any]) -> Any:
            key = (account, region, params["QueueName"])
            missing = "AWS.SimpleQueueService.NonExistentQueue"
            return {"QueueUrl": "/".join(key)} if key in self.queues else answered(missing)

        def attributes(_account: str, _region: str, params: Mapping[str, Any]) -> Any:
            return {"Attributes": self.queues[tuple(params["QueueUrl"].split("/"))]}

        def role(account: str, _region: str, params: Mapping[str, Any]) -> Any:
            answer = found(self.roles, (account, params["RoleName"]), "NoSuchEntity")
            return answer if isinstance(answer, AwsCallError) else {"Role": answer}

        def of_role(account: str, params: Mapping[str, Any]) -> Any:
            return self.roles[account, params["RoleName"]]

        return Answers(
            {
                "DescribeRule": rule,
                "ListTargetsByRule": targets,
                "GetQueueUrl": url,
                "GetQueueAttributes": attributes,
                "GetRole": role,
                "ListRolePolicies": lambda a, _r, p: {"PolicyNames": list(of_role(a, p)["policies"])},
                "GetRolePolicy": lambda a, _r, p: {
                    "PolicyDocument": of_role(a, p)["policies"][p["PolicyName"]]
                },
                "ListAttachedRolePolicies": lambda a, _r, p: {"AttachedPolicies": of_role(a, p)["attached"]},
                **more,
            }
        )


def _as_sqs(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, Mapping) else str(value)


def made(kind: str = "usual") -> tuple[Installation, Desired, Observed, World]:
    given = variants()[kind]
    wanted = desired(given, CATALOG, POLICIES)
    stacks = {
        (each.account, each.region): StackNow(
            each.account,
            each.region,
            "CREATE_COMPLETE",
            "",
            each.template,
            each.template["Metadata"]["liveaudit"],
        )
        for each in wanted.stacks
    }
    return given, wanted, replace(as_it_should_be(wanted), stacks=stacks), World(wanted)


def look(given: Installation, observed: Observed, caller: Answers, only: Any = ()) -> Drifts:
    return asyncio.run(drifted(caller, given, observed, only))


@pytest.mark.parametrize("kind", sorted(variants()))
def test_what_stands_as_it_was_rolled_out_is_no_drift(kind: str) -> None:
    given, wanted, observed, world = made(kind)
    caller = world.caller()
    found = look(given, observed, caller)
    assert (found.found, found.unread) == ([], [])
    looked = {account for account, _, _ in caller.calls}
    assert looked == {account for each in wanted.stack_sets for account, _ in each.targets} | {
        each.account for each in wanted.stacks
    }


RULE, QUEUE, UNDELIVERED = names.RULE, names.QUEUE, names.UNDELIVERED_QUEUE
Hand = Callable[[World], None]


def at_rule(account: str, **given: Any) -> Hand:
    return lambda world: world.rules[account, SOUTH, RULE].update(given)


def at_target(account: str, **given: Any) -> Hand:
    def change(world: World) -> None:
        target = world.rules[account, SOUTH, RULE]["Targets"][0]
        target.update(given)
        for key in [key for key, value in target.items() if value is None]:
            del target[key]

    return change


def at_queue(account: str, queue: str, **given: Any) -> Hand:
    def change(world: World) -> None:
        attributes = world.queues[account, SOUTH, queue]
        attributes.update(given)
        for key in [key for key, value in attributes.items() if value is None]:
            del attributes[key]

    return change


def edited_policy(account: str, queue: str, edit: Callable[[dict[str, Any]], object]) -> Hand:
    def change(world: World) -> None:
        policy = json.loads(world.queues[account, SOUTH, queue]["Policy"])
        edit(policy)
        world.queues[account, SOUTH, queue]["Policy"] = json.dumps(policy)

    return change


OPEN = {"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}
ANOTHER_DEAD = json.dumps({"deadLetterTargetArn": "arn:aws:sqs:x:1:y", "maxReceiveCount": 10})


@pytest.mark.parametrize(
    ("hand", "account", "resource", "whats"),
    [
        (at_rule(SHOP, State="DISABLED"), SHOP, f"rule {RULE}", ["is DISABLED"]),
        (
            at_rule(SHOP, EventPattern='{"source": ["aws.s3"]}'),
            SHOP,
            f"rule {RULE}",
            ["lets other events through: its pattern was edited"],
        ),
        (
            at_rule(SHOP, EventPattern=None),
            SHOP,
            f"rule {RULE}",
            ["lets other events through: its pattern was edited"],
        ),
        (at_rule(RECEIVER, State="DISABLED"), RECEIVER, f"rule {RULE}", ["is DISABLED"]),
        (lambda world: world.rules.pop((SHOP, SOUTH, RULE)), SHOP, f"rule {RULE}", ["is gone"]),
        (at_rule(SHOP, Targets=[]), SHOP, f"rule {RULE}", ["target receiver was removed"]),
        (
            lambda world: world.rules[SHOP, SOUTH, RULE]["Targets"].append(
                {"Id": "spy", "Arn": "arn:aws:sqs:::s"}
            ),
            SHOP,
            f"rule {RULE}",
            ["target spy was added"],
        ),
        (at_target(SHOP, Arn="arn:aws:sqs:::s"), SHOP, f"rule {RULE}", ["target receiver sends elsewhere"]),
        (at_target(SHOP, RoleArn="arn:x"), SHOP, f"rule {RULE}", ["target receiver has another RoleArn"]),
        (
            at_target(SHOP, DeadLetterConfig=None),
            SHOP,
            f"rule {RULE}",
            ["target receiver has another dead-letter queue"],
        ),
        (
            at_target(RECEIVER, InputPath="$.detail"),
            RECEIVER,
            f"rule {RULE}",
            ["target queue has another InputPath"],
        ),
        (lambda world: world.queues.pop((RECEIVER, SOUTH, QUEUE)), RECEIVER, f"queue {QUEUE}", ["is gone"]),
        (
            lambda world: world.queues.pop((SHOP, SOUTH, UNDELIVERED)),
            SHOP,
            f"queue {UNDELIVERED}",
            ["is gone"],
        ),
        (
            at_queue(RECEIVER, QUEUE, SqsManagedSseEnabled="false"),
            RECEIVER,
            f"queue {QUEUE}",
            ["is not encrypted any more"],
        ),
        (
            at_queue(RECEIVER, QUEUE, SqsManagedSseEnabled="false", KmsMasterKeyId="alias/x"),
            RECEIVER,
            f"queue {QUEUE}",
            ["is encrypted with another key"],
        ),
        (
            at_queue(RECEIVER, QUEUE, MessageRetentionPeriod="60"),
            RECEIVER,
            f"queue {QUEUE}",
            ["has another MessageRetentionPeriod"],
        ),
        (
            at_queue(RECEIVER, QUEUE, RedrivePolicy=None),
            RECEIVER,
            f"queue {QUEUE}",
            ["has no dead-letter queue any more"],
        ),
        (
            at_queue(RECEIVER, QUEUE, RedrivePolicy=ANOTHER_DEAD),
            RECEIVER,
            f"queue {QUEUE}",
            ["sends to another dead-letter queue"],
        ),
        (at_queue(RECEIVER, QUEUE, DelaySeconds="900"), RECEIVER, f"queue {QUEUE}", ["delays its messages"]),
        (
            at_queue(RECEIVER, QUEUE, MaximumMessageSize="1024"),
            RECEIVER,
            f"queue {QUEUE}",
            ["refuses large events"],
        ),
        (at_queue(RECEIVER, QUEUE, Policy=None), RECEIVER, f"queue {QUEUE}", ["its policy is gone"]),
        (at_queue(SHOP, UNDELIVERED, Policy=""), SHOP, f"queue {UNDELIVERED}", ["its policy is gone"]),
        (
            at_queue(RECEIVER, QUEUE, Policy="{"),
            RECEIVER,
            f"queue {QUEUE}",
            ["its policy cannot be read: not JSON"],
        ),
        (
            edited_policy(RECEIVER, QUEUE, lambda policy: policy["Statement"].append(OPEN)),
            RECEIVER,
            f"queue {QUEUE}",
            ["its policy has a statement more"],
        ),
        (
            edited_policy(RECEIVER, QUEUE, lambda policy: policy["Statement"][0].pop("Condition")),
            RECEIVER,
            f"queue {QUEUE}",
            ["its policy has a statement more", "its policy lacks a statement"],
        ),
    ],
)
def test_a_change_by_hand_is_told(hand: Hand, account: str, resource: str, whats: list[str]) -> None:
    given, _, observed, world = made()
    hand(world)
    found = look(given, observed, world.caller())
    assert [(each.account, each.region, each.resource, each.what) for each in found.found] == [
        (account, SOUTH, resource, what) for what in whats
    ]
    assert all(each.expected or each.actual or each.what == "is gone" for each in found.found)
    for each in found.found:
        assert bool(each.command) == (each.mend in (Mend.COMMAND, Mend.ANEW))
        written = each.resource.startswith("rule ") or "policy" in each.what
        mended = Mend.STACK if written else Mend.COMMAND
        assert each.mend is (Mend.ANEW if each.what == "is gone" else mended)
    by_apply = any(each.mend is Mend.STACK for each in found.found)
    assert found.targets == ({(account, SOUTH)} if by_apply else set())


def test_the_commands_that_mend() -> None:
    given, _, observed, world = made()
    world.queues[RECEIVER, SOUTH, QUEUE].update({"KmsMasterKeyId": "alias/x", "RedrivePolicy": "{}"})
    del world.rules[SHOP, SOUTH, RULE]
    found = {each.what: each.command for each in look(given, observed, world.caller()).found}
    words = shlex.split(found["is encrypted with another key"])
    assert words[:3] == ["aws", "sqs", "set-queue-attributes"]
    assert json.loads(words[-1]) == {"KmsMasterKeyId": "", "SqsManagedSseEnabled": "true"}
    redrive = json.loads(shlex.split(found["has no dead-letter queue any more"])[-1])["RedrivePolicy"]
    assert json.loads(redrive)["deadLetterTargetArn"].endswith(":liveaudit-events-dead-letters")
    assert found["is gone"] == (
        "aws cloudformation delete-stack-instances --region us-east-1 --stack-set-name liveaudit-publisher "
        f"--accounts {SHOP} --regions {SOUTH} --no-retain-stacks && liveaudit setup apply"
    )


def test_a_plain_stack_is_made_anew_in_another_way() -> None:
    given, wanted, observed, world = made("service-managed")
    (stack, *_) = wanted.stacks
    del world.rules[stack.account, stack.region, RULE]
    (found,) = look(given, observed, world.caller()).found
    assert found.command == (
        f"aws cloudformation delete-stack --region {stack.region} --stack-name liveaudit-publisher "
        "&& liveaudit setup apply"
    )


def test_what_does_not_matter_is_no_drift() -> None:
    given, _, observed, world = made()
    for rule in world.rules.values():
        pattern = json.loads(rule["EventPattern"])
        pattern["source"].reverse()
        rule["EventPattern"] = json.dumps(pattern)
        rule["Description"] = "edited"
        rule["Targets"] = [dict(reversed(each.items())) for each in rule["Targets"]]
    for queue in world.queues.values():
        policy = json.loads(queue["Policy"])
        policy["Statement"][0]["Sid"] = "EventsOfTheRulesX1"
        policy["Statement"][0]["Action"] = ["SQS:SendMessage"]
        queue["Policy"] = json.dumps(policy)
        queue["ApproximateNumberOfMessages"] = "7"
    assert look(given, observed, world.caller()).found == []


def test_a_role_of_the_stack() -> None:
    given, _, observed, world = made("roles by stack set")
    name = f"{names.FORWARDING_ROLE}-{SOUTH}"
    role = world.roles[SHOP, name]
    role["AssumeRolePolicyDocument"]["Statement"][0].pop("Condition")
    role["policies"]["more"] = {"Version": "2012-10-17", "Statement": [OPEN]}
    role["attached"].append({"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/A"})
    found = look(given, observed, world.caller())
    assert [(each.resource, each.what) for each in found.found] == [
        (f"role {name}", "its trust has a statement more"),
        (f"role {name}", "its trust lacks a statement"),
        (f"role {name}", "policy AdministratorAccess was attached"),
        (f"role {name}", "policy more was added"),
    ]
    del world.roles[SHOP, name]
    assert [each.what for each in look(given, observed, world.caller()).found] == ["is gone"]


def without(bus: Bus, sid: str) -> Bus:
    return Bus(bus.arn, tuple(each for each in bus.statements if each["Sid"] != sid))


def test_a_grant_that_was_removed_or_changed() -> None:
    given, _, observed, world = made()
    sid = names.grant_id(SHOP)
    removed = {**observed.buses, SOUTH: without(observed.buses[SOUTH], sid)}
    (found,) = look(given, replace(observed, buses=removed), world.caller()).found
    assert (found.account, found.region, found.resource, found.what) == (
        RECEIVER,
        SOUTH,
        f"grant {sid} on the bus",
        "is gone",
    )
    assert found.mend is Mend.GRANT
    changed = Bus(removed[SOUTH].arn, (*removed[SOUTH].statements, {**OPEN, "Sid": sid}))
    drifts = look(given, replace(observed, buses={**removed, SOUTH: changed}), world.caller())
    assert [each.what for each in drifts.found] == ["was changed"]
    assert drifts.targets == set(), "the stacks stand as they were"
    strangers = Bus(observed.buses[SOUTH].arn, (*observed.buses[SOUTH].statements, {**OPEN, "Sid": "theirs"}))
    theirs = replace(observed, buses={**observed.buses, SOUTH: strangers})
    assert look(given, theirs, world.caller()).found == []


def test_what_cannot_be_read_is_told() -> None:
    given, _, observed, world = made()
    observed = replace(observed, problems=(Problem("bus", RECEIVER, SOUTH, "denied"),), buses={})
    found = look(given, observed, world.caller(DescribeRule=denied(), GetQueueAttributes=denied()))
    assert found.found == []
    rules, queues = len(world.rules), len(world.queues)
    assert len(found.unread) == rules + queues + 1
    assert all(each.reason for each in found.unread)


def test_only_what_is_asked_for() -> None:
    given, _, observed, world = made()
    caller = world.caller()
    look(given, observed, caller, [(SHOP, SOUTH)])
    assert {(account, region) for account, region, _ in caller.calls} == {(SHOP, SOUTH)}


def test_the_template_that_was_rolled_out_counts_and_not_the_newest() -> None:
    given, _, observed, world = made()
    fewer = desired(replace(given, services=("s3",)), CATALOG, POLICIES)
    assert fewer.stack_sets != desired(given, CATALOG, POLICIES).stack_sets
    assert look(given, observed, world.caller()).found == [], (
        "what is not rolled out yet is the plan's to tell"
    )


def test_nothing_is_looked_at_that_is_not_ours_or_under_way() -> None:
    given, _, observed, world = made()
    for change in ({"owned": None}, {"running": ("operation",)}):
        sets = {key: replace(now, **change) for key, now in observed.stack_sets.items()}
        caller = world.caller()
        look(given, replace(observed, stack_sets=sets), caller)
        assert not caller.calls


TEXTS = st.sampled_from(["a", "b", "c"])
PATTERNS = st.recursive(
    st.lists(TEXTS, min_size=1, max_size=3),
    lambda inner: st.dictionaries(TEXTS, inner, min_size=1, max_size=3),
    max_leaves=6,
)


@examples(PATTERNS, st.randoms(use_true_random=False))
def test_the_order_of_values_does_not_count(pattern: Any, rng: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            rng.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        again = [*value, rng.choice(value)]
        rng.shuffle(again)
        return again

    assert canonical(shuffled(pattern)) == canonical(pattern)
    assert canonical({"x": [{"anything-but": "a"}]}) == canonical({"x": [{"anything-but": ["a"]}]})
    assert canonical({"x": ["a"]}) != canonical({"x": [{"anything-but": ["a"]}]})
