"""The templates of the set-up: valid CloudFormation in every partition, closed to strangers, ours by their metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from liveaudit.catalog.catalog import Catalog
from liveaudit.provision.installation import (
    Account,
    Delivery,
    Installation,
    Organization,
    RoleMaker,
    Rollout,
    SetupError,
)
from liveaudit.provision.patterns import make_rules
from liveaudit.provision.queue_policy import POLICY_LIMIT, direct_statement
from liveaudit.provision.templates import TEMPLATE_LIMIT, publisher_template, receiver_template
from tests.unit.provision.conftest import EU, OTHER, PUBLISHER, RECEIVER, US, made_up_service


def installation(publishers: int = 2, **given: Any) -> Installation:
    others = [f"{number:012d}" for number in range(2, publishers + 2)]
    return Installation(
        RECEIVER, tuple(Account(each, regions=(EU, US)) for each in (RECEIVER, *others)), **given
    )


def templates(given: Installation, catalog: Catalog) -> list[Mapping[str, Any]]:
    rules = make_rules(catalog)
    return [receiver_template(given, rules), publisher_template(given, rules)]


@pytest.mark.parametrize(
    "given",
    [
        installation(),
        installation(delivery=Delivery.DIRECT, forwarding_role=RoleMaker.STACK_SET),
    ],
    ids=["bus", "direct"],
)
def test_cfn_lint_finds_nothing_in_any_partition(given: Installation, catalog: Catalog) -> None:
    for template in templates(given, catalog):
        regions = ["us-east-1", "cn-north-1", "us-gov-west-1"]
        found = lint(json.dumps(template), config=ManualArgs(regions=regions, include_experimental=True))
        assert [str(each) for each in found] == []


def test_many_rules_are_valid_and_fit(many_services: Catalog) -> None:
    given = installation()
    rules = make_rules(many_services)
    assert len(rules) > 3
    receiver = receiver_template(given, rules)
    assert len(json.dumps(receiver, separators=(",", ":"))) <= TEMPLATE_LIMIT
    assert [str(each) for each in lint(json.dumps(receiver))] == []
    statement = receiver["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert len(statement["Condition"]["ArnEquals"]["aws:SourceArn"]) == len(rules)


def test_a_template_that_is_too_long_is_told_before_anything_is_changed() -> None:
    catalog = Catalog(made_up_service(number, 60) for number in range(40))
    with pytest.raises(SetupError, match="name fewer services"):
        receiver_template(installation(), make_rules(catalog))


def test_queues_are_encrypted_and_open_to_our_rules_only(catalog: Catalog) -> None:
    for template in templates(installation(), catalog):
        resources = template["Resources"]
        for resource in resources.values():
            if resource["Type"] == "AWS::SQS::Queue":
                assert resource["Properties"]["SqsManagedSseEnabled"] is True
            if resource["Type"] == "AWS::Events::Rule":
                (target,) = resource["Properties"]["Targets"]
                assert "DeadLetterConfig" in target
            if resource["Type"] == "AWS::SQS::QueuePolicy":
                (statement,) = resource["Properties"]["PolicyDocument"]["Statement"]
                assert statement["Principal"] == {"Service": "events.amazonaws.com"}
                rules = [name for name, one in resources.items() if one["Type"] == "AWS::Events::Rule"]
                arns: list[Any] = [{"Fn::GetAtt": [name, "Arn"]} for name in rules]
                assert statement["Condition"] == {
                    "ArnEquals": {"aws:SourceArn": arns if len(arns) > 1 else arns[0]}
                }
    redrive = templates(installation(), catalog)[0]["Resources"]["Queue"]["Properties"]["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}


def test_another_value_of_repair_changes_rules_and_queue_policies(catalog: Catalog) -> None:
    for template in templates(installation(), catalog):
        assert template["Parameters"]["Repair"]["Default"] == "0"
        for resource in template["Resources"].values():
            if resource["Type"] in ("AWS::Events::Rule", "AWS::SQS::QueuePolicy"):
                assert "${Repair}" in json.dumps(resource)


def test_templates_say_that_they_are_ours_and_which_rules_they_make(catalog: Catalog) -> None:
    for template, part in zip(templates(installation(), catalog), ("receiver", "publisher"), strict=True):
        told = template["Metadata"]["liveaudit"]
        assert told["part"] == part
        assert told["rules"] == {str(each.number): sorted(each.sources) for each in make_rules(catalog)}
        sources = {each.event_source.removesuffix(".amazonaws.com") for each in catalog.services.values()}
        assert set().union(*told["rules"].values()) == sources


def test_a_receiver_that_does_not_publish_leaves_its_own_events_out(catalog: Catalog) -> None:
    given = Installation(
        RECEIVER, (Account(RECEIVER, regions=(US,), publishes=False), Account(PUBLISHER, regions=(US,)))
    )
    receiver, publisher = templates(given, catalog)
    rule = receiver["Resources"]["Rule"]["Properties"]["EventPattern"]
    assert rule["account"] == [{"anything-but": [RECEIVER]}]
    assert "account" not in publisher["Resources"]["Rule"]["Properties"]["EventPattern"]


def test_direct_delivery_names_accounts_and_their_forwarding_roles(catalog: Catalog) -> None:
    receiver, publisher = templates(installation(delivery=Delivery.DIRECT), catalog)
    statements = receiver["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    senders = statements[1]
    assert senders["Resource"] == {"Fn::GetAtt": ["Queue", "Arn"]}
    assert senders["Principal"]["AWS"] == [
        {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{each:012d}:root"} for each in (2, 3)
    ]
    assert senders["Condition"]["ArnLike"]["aws:PrincipalArn"]["Fn::Sub"].endswith(
        "role/liveaudit-forwarding"
    )
    (target,) = publisher["Resources"]["Rule"]["Properties"]["Targets"]
    assert target["Arn"] == {
        "Fn::Sub": f"arn:${{AWS::Partition}}:sqs:${{AWS::Region}}:{RECEIVER}:liveaudit-events"
    }


def test_direct_delivery_turns_to_the_organization_before_the_policy_is_full() -> None:
    organization = Organization("o-abcdefghij")
    few = direct_statement(installation(40, delivery=Delivery.DIRECT, organization=organization))
    many = direct_statement(installation(50, delivery=Delivery.DIRECT, organization=organization))
    assert few is not None
    assert many is not None
    assert len(few["Principal"]["AWS"]) == 40
    assert len(json.dumps(few)) < POLICY_LIMIT
    assert many["Principal"] == {"AWS": "*"}
    assert many["Condition"]["StringEquals"] == {"aws:PrincipalOrgID": "o-abcdefghij"}
    assert "ArnLike" in many["Condition"], "and still only the forwarding roles"
    with pytest.raises(SetupError, match="50 publishers cannot be named"):
        direct_statement(installation(50, delivery=Delivery.DIRECT))
    alone = Installation(RECEIVER, (Account(RECEIVER, regions=(US,)),), delivery=Delivery.DIRECT)
    assert direct_statement(alone) is None


def test_the_stack_makes_the_forwarding_role_where_it_is_asked_to(catalog: Catalog) -> None:
    organization = Organization("o-abcdefghij", OTHER, ("r-abcd",))
    for given in (
        installation(forwarding_role=RoleMaker.STACK_SET),
        installation(rollout=Rollout.SERVICE_MANAGED, organization=organization),
    ):
        resources = templates(given, catalog)[1]["Resources"]
        role = resources["Forwarding"]["Properties"]
        assert role["RoleName"] == {"Fn::Sub": "liveaudit-forwarding-${AWS::Region}"}
        trust = role["AssumeRolePolicyDocument"]["Statement"][0]
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
        allowed = role["Policies"][0]["PolicyDocument"]["Statement"]
        assert [each["Action"] for each in allowed] == ["events:PutEvents"]
        (target,) = resources["Rule"]["Properties"]["Targets"]
        assert target["RoleArn"] == {"Fn::GetAtt": ["Forwarding", "Arn"]}


def test_what_the_owners_let_a_stack_make_is_bounded(catalog: Catalog) -> None:
    organization = Organization("o-abcdefghij", OTHER, ("r-abcd",))
    managed = installation(rollout=Rollout.SERVICE_MANAGED, organization=organization)
    rules = make_rules(catalog)
    boundary = {
        "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/liveaudit-forwarding-boundary"
    }
    for given, bounded in (
        (installation(forwarding_role=RoleMaker.STACK_SET), True),
        (managed, True),
        (managed, False),
    ):
        role = publisher_template(given, rules, bounded=bounded)["Resources"]["Forwarding"]["Properties"]
        assert role.get("PermissionsBoundary") == (boundary if bounded else None)
