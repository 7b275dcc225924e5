"""An organisation of the lab's accounts: who may look, service-managed stack sets, trails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from liveaudit.lab.organization import STACK_SETS, OrganizationError
from tests.lab.conftest import MANAGEMENT, MEMBER, PUBLISHER, RECEIVER
from tests.lab.stacks import QUEUE_TEMPLATE, cloudformation, queue_names

pytestmark = pytest.mark.lab

US, EU = "us-east-1", "eu-west-1"
AUTOMATIC = {"Enabled": True, "RetainStacksOnAccountRemoval": False}


def organize(lab: Lab, trusted: bool = True) -> tuple[str, str]:
    """Receiver and publisher in two units under ``prod``, the member elsewhere. Returns the ids of root and ``prod``."""
    lab.organize(MANAGEMENT, {"prod/web": [PUBLISHER], "prod": [RECEIVER], "lab": [MEMBER]})
    if trusted:
        cloudformation(lab, MANAGEMENT).activate_organizations_access()
    return lab.unit(MANAGEMENT), lab.unit(MANAGEMENT, "prod")


def organizations(lab: Lab, account: str = MANAGEMENT) -> Any:
    return lab.client(account, "organizations", US)


def make_managed(
    lab: Lab, account: str = MANAGEMENT, auto: dict[str, bool] | None = None, **more: Any
) -> None:
    cloudformation(lab, account).create_stack_set(
        StackSetName="set",
        TemplateBody=json.dumps(QUEUE_TEMPLATE),
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment=auto or AUTOMATIC,
        **more,
    )


def deploy(lab: Lab, targets: dict[str, Any], account: str = MANAGEMENT, **more: Any) -> dict[str, str]:
    """Instances in both regions; by account what became of it in the first."""
    client = cloudformation(lab, account)
    operation = client.create_stack_instances(
        StackSetName="set",
        DeploymentTargets=targets,
        Regions=[US, EU],
        OperationPreferences={"FailureTolerancePercentage": 100},
        **more,
    )["OperationId"]
    lab.finish_stacks()
    results = client.list_stack_set_operation_results(StackSetName="set", OperationId=operation, **more)
    return {one["Account"]: one["Status"] for one in results["Summaries"] if one["Region"] == US}


def with_stacks(lab: Lab) -> set[str]:
    return {account for account in lab.accounts if queue_names(lab, account, US) == ["made"]}


def test_the_labs_accounts_with_their_own_numbers(lab: Lab) -> None:
    root, prod = organize(lab)
    client = organizations(lab)
    described = client.describe_organization()["Organization"]
    assert described["MasterAccountId"] == MANAGEMENT
    assert lab.organize(MANAGEMENT) == described["Id"]
    accounts = [one for page in client.get_paginator("list_accounts").paginate() for one in page["Accounts"]]
    assert {one["Id"] for one in accounts} == set(lab.accounts)
    assert {one["Status"] for one in accounts} == {"ACTIVE"}
    assert [one["Id"] for one in client.list_roots()["Roots"]] == [root]
    units = client.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    assert {one["Name"] for one in units} == {"prod", "lab"}
    assert [one["Id"] for one in client.list_accounts_for_parent(ParentId=prod)["Accounts"]] == [RECEIVER]
    assert lab.client(MEMBER, "iam", US).list_roles()["Roles"] == []


def test_pages_are_as_small_as_organizations_makes_them(lab: Lab) -> None:
    client = organizations(lab)
    client.create_organization()
    for number in range(24):
        client.create_account(AccountName=f"a{number}", Email=f"a{number}@lab.example")
    pages = list(client.get_paginator("list_accounts").paginate())
    assert [len(page["Accounts"]) for page in pages] == [20, 5]


def test_who_may_look_around(lab: Lab) -> None:
    with pytest.raises(ClientError, match="AWSOrganizationsNotInUse"):
        organizations(lab).list_accounts()
    organize(lab)
    assert organizations(lab, MEMBER).describe_organization()["Organization"]["MasterAccountId"] == MANAGEMENT
    with pytest.raises(ClientError, match="AccessDenied"):
        organizations(lab, MEMBER).list_accounts()
    organizations(lab).register_delegated_administrator(AccountId=MEMBER, ServicePrincipal=STACK_SETS)
    assert len(organizations(lab, MEMBER).list_accounts()["Accounts"]) == 4
    with pytest.raises(ClientError, match="AccessDenied"):
        organizations(lab, MEMBER).create_organizational_unit(ParentId="r-abcd", Name="no")


def test_an_account_is_in_one_organisation_only(lab: Lab) -> None:
    organize(lab)
    with pytest.raises(OrganizationError, match="cannot manage another"):
        lab.organize(RECEIVER)
    with pytest.raises(OrganizationError, match="cannot leave"):
        lab.leave_organization(MANAGEMENT)
    lab.leave_organization(MEMBER)
    lab.organize(MEMBER)
    with pytest.raises(OrganizationError, match="another organisation"):
        lab.organize(MEMBER, {"": [PUBLISHER]})


def test_stacks_for_a_unit_and_what_is_below_it(lab: Lab) -> None:
    root, prod = organize(lab)
    make_managed(lab)
    assert deploy(lab, {"OrganizationalUnitIds": [prod]}) == {RECEIVER: "SUCCEEDED", PUBLISHER: "SUCCEEDED"}
    assert with_stacks(lab) == {RECEIVER, PUBLISHER}
    client = cloudformation(lab, MANAGEMENT)
    assert client.describe_stack_set(StackSetName="set")["StackSet"]["OrganizationalUnitIds"] == [prod]
    instances = client.list_stack_instances(StackSetName="set")["Summaries"]
    assert {one["OrganizationalUnitId"] for one in instances} == {prod}
    assert deploy(lab, {"OrganizationalUnitIds": [root]}).keys() == {RECEIVER, PUBLISHER, MEMBER}
    assert with_stacks(lab) == {RECEIVER, PUBLISHER, MEMBER}, "the management account gets none"


def test_updates_of_units_reach_what_is_there(lab: Lab) -> None:
    root, prod = organize(lab)
    make_managed(lab)
    deploy(lab, {"OrganizationalUnitIds": [prod]})
    client = cloudformation(lab, MANAGEMENT)
    changed = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "changed"}}}}
    regions = {"Regions": [US, EU], "OperationPreferences": {"FailureTolerancePercentage": 100}}
    client.update_stack_set(
        StackSetName="set",
        TemplateBody=json.dumps(changed),
        DeploymentTargets={"OrganizationalUnitIds": [root]},
        **regions,
    )
    lab.finish_stacks()
    assert {account: queue_names(lab, account, EU) for account in (RECEIVER, PUBLISHER, MEMBER)} == {
        RECEIVER: ["changed"],
        PUBLISHER: ["changed"],
        MEMBER: [],
    }
    with pytest.raises(ClientError, match="StackInstanceNotFound"):
        client.update_stack_instances(
            StackSetName="set",
            DeploymentTargets={"OrganizationalUnitIds": [lab.unit(MANAGEMENT, "lab")]},
            ParameterOverrides=[],
            **regions,
        )


@pytest.mark.parametrize(
    ("kind", "expected"), [("INTERSECTION", {PUBLISHER}), ("DIFFERENCE", {RECEIVER, MEMBER})]
)
def test_some_accounts_of_a_unit(lab: Lab, kind: str, expected: set[str]) -> None:
    root, _ = organize(lab)
    make_managed(lab)
    targets = {"OrganizationalUnitIds": [root], "Accounts": [PUBLISHER], "AccountFilterType": kind}
    assert deploy(lab, targets).keys() == expected
    assert with_stacks(lab) == expected


def test_accounts_that_come_and_go(lab: Lab) -> None:
    _, prod = organize(lab)
    make_managed(lab)
    deploy(lab, {"OrganizationalUnitIds": [prod]})
    elsewhere = lab.unit(MANAGEMENT, "lab")
    client = organizations(lab)
    client.move_account(AccountId=MEMBER, SourceParentId=elsewhere, DestinationParentId=prod)
    lab.finish_stacks()
    assert with_stacks(lab) == {RECEIVER, PUBLISHER, MEMBER}
    client.move_account(AccountId=RECEIVER, SourceParentId=prod, DestinationParentId=elsewhere)
    lab.leave_organization(PUBLISHER)
    lab.finish_stacks()
    assert with_stacks(lab) == {MEMBER}
    lab.organize(MANAGEMENT, {"prod/new": [PUBLISHER]})
    lab.finish_stacks()
    assert with_stacks(lab) == {MEMBER, PUBLISHER}
    client = cloudformation(lab, MANAGEMENT)
    client.delete_stack_instances(
        StackSetName="set",
        DeploymentTargets={"OrganizationalUnitIds": [prod]},
        Regions=[US, EU],
        RetainStacks=False,
        OperationPreferences={"FailureTolerancePercentage": 100},
    )
    lab.finish_stacks()
    assert with_stacks(lab) == set()
    lab.organize(MANAGEMENT, {"prod": [RECEIVER]})
    lab.finish_stacks()
    assert with_stacks(lab) == set(), "nothing is automatic for a unit that is no target any more"


@pytest.mark.parametrize(
    ("auto", "expected"),
    [
        ({"Enabled": True, "RetainStacksOnAccountRemoval": True}, {RECEIVER, PUBLISHER, MEMBER}),
        ({"Enabled": False}, {RECEIVER, PUBLISHER}),
    ],
)
def test_retained_or_not_automatic(lab: Lab, auto: dict[str, bool], expected: set[str]) -> None:
    organize(lab)
    make_managed(lab, auto=auto)
    prod = lab.unit(MANAGEMENT, "prod")
    deploy(lab, {"OrganizationalUnitIds": [prod]})
    lab.organize(MANAGEMENT, {"lab": [RECEIVER], "prod": [MEMBER]})
    lab.finish_stacks()
    assert with_stacks(lab) == expected


def test_a_delegated_administrator(lab: Lab) -> None:
    root, _ = organize(lab)
    with pytest.raises(ClientError, match="not a delegated administrator"):
        make_managed(lab, MEMBER, CallAs="DELEGATED_ADMIN")
    organizations(lab).register_delegated_administrator(AccountId=MEMBER, ServicePrincipal=STACK_SETS)
    with pytest.raises(ClientError, match="management account or delegated admin"):
        make_managed(lab, MEMBER)
    make_managed(lab, MEMBER, CallAs="DELEGATED_ADMIN")
    status = deploy(lab, {"OrganizationalUnitIds": [root]}, MEMBER, CallAs="DELEGATED_ADMIN")
    assert status.keys() == {RECEIVER, PUBLISHER, MEMBER}
    client = cloudformation(lab, MEMBER)
    own = client.list_stack_sets(CallAs="DELEGATED_ADMIN")["Summaries"]
    assert [one["StackSetName"] for one in own] == ["set"]
    assert client.list_stack_sets()["Summaries"] == []
    arn = client.describe_stack_set(StackSetName="set", CallAs="DELEGATED_ADMIN")["StackSet"]["StackSetARN"]
    assert f":{MANAGEMENT}:" in arn


def test_trusted_access_comes_first(lab: Lab) -> None:
    organize(lab, trusted=False)
    client = cloudformation(lab, MANAGEMENT)
    assert client.describe_organizations_access()["Status"] == "DISABLED"
    with pytest.raises(ClientError, match="must enable organizations access"):
        make_managed(lab)
    with pytest.raises(ClientError, match="InvalidOperation"):
        cloudformation(lab, MEMBER).activate_organizations_access()
    client.activate_organizations_access()
    assert client.describe_organizations_access()["Status"] == "ENABLED"
    make_managed(lab)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({"Accounts": [PUBLISHER]}, "OrganizationalUnitIds must be specified"),
        ({"OrganizationalUnitIds": ["ou-abcd-12345678"]}, "not found"),
        ({"root": True, "Accounts": [PUBLISHER], "AccountFilterType": "UNION"}, "only supported for updates"),
        ({"root": True, "AccountFilterType": "DIFFERENCE"}, "Accounts must be specified"),
        ({"root": True, "Accounts": [PUBLISHER]}, "AccountFilterType must be specified"),
    ],
)
def test_targets_that_are_refused(lab: Lab, targets: dict[str, Any], message: str) -> None:
    root, _ = organize(lab)
    make_managed(lab)
    if targets.pop("root", False):
        targets = {**targets, "OrganizationalUnitIds": [root]}
    with pytest.raises(ClientError, match=message):
        deploy(lab, targets)
    with pytest.raises(ClientError, match="only have OrganizationalUnit as target"):
        cloudformation(lab, MANAGEMENT).create_stack_instances(
            StackSetName="set", Accounts=[PUBLISHER], Regions=[US]
        )


def make_trail(lab: Lab, account: str, **more: Any) -> str:
    lab.client(account, "s3", US).create_bucket(Bucket=f"trail-{account}")
    client = lab.client(account, "cloudtrail", US)
    arn: str = client.create_trail(Name="trail", S3BucketName=f"trail-{account}", **more)["TrailARN"]
    client.start_logging(Name="trail")
    return arn


def test_trails_of_other_regions_and_of_the_organisation(lab: Lab) -> None:
    organize(lab)
    arn = make_trail(lab, MANAGEMENT, IsMultiRegionTrail=True, IsOrganizationTrail=True)
    for account, region in ((MANAGEMENT, US), (MANAGEMENT, EU), (PUBLISHER, US), (PUBLISHER, EU)):
        client = lab.client(account, "cloudtrail", region)
        (trail,) = client.describe_trails()["trailList"]
        assert (trail["TrailARN"], trail["HomeRegion"]) == (arn, US)
        assert trail["IsMultiRegionTrail"]
        assert trail["IsOrganizationTrail"]
        assert client.get_trail_status(Name=arn)["IsLogging"] is True
        (selector,) = client.get_event_selectors(TrailName=arn)["EventSelectors"]
        assert selector["IncludeManagementEvents"]
        assert selector["ReadWriteType"] == "All"
    assert (
        lab.client(PUBLISHER, "cloudtrail", US).describe_trails(includeShadowTrails=False)["trailList"] == []
    )
    lab.leave_organization(PUBLISHER)
    assert lab.client(PUBLISHER, "cloudtrail", US).describe_trails()["trailList"] == []


def test_a_trail_of_one_region(lab: Lab) -> None:
    make_trail(lab, PUBLISHER)
    client = lab.client(PUBLISHER, "cloudtrail", US)
    client.put_event_selectors(
        TrailName="trail", EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    )
    (trail,) = client.describe_trails()["trailList"]
    assert trail["HasCustomEventSelectors"]
    assert not trail["IsMultiRegionTrail"]
    assert client.get_event_selectors(TrailName="trail")["EventSelectors"][0]["ReadWriteType"] == "ReadOnly"
    assert lab.client(PUBLISHER, "cloudtrail", EU).describe_trails()["trailList"] == []
    client.stop_logging(Name="trail")
    assert client.get_trail_status(Name="trail")["IsLogging"] is False


def test_regions_of_an_account(lab: Lab) -> None:
    ec2 = lab.client(PUBLISHER, "ec2", US)
    account = lab.client(PUBLISHER, "account", US)

    def enabled() -> set[str]:
        return {one["RegionName"] for one in ec2.describe_regions()["Regions"]}

    def listed(*statuses: str) -> set[str]:
        pages = account.get_paginator("list_regions").paginate(RegionOptStatusContains=list(statuses))
        return {one["RegionName"] for page in pages for one in page["Regions"]}

    assert enabled() == listed("ENABLED", "ENABLED_BY_DEFAULT") == {US, EU}
    everything = {
        one["RegionName"]: one["OptInStatus"] for one in ec2.describe_regions(AllRegions=True)["Regions"]
    }
    assert everything[US] == "opt-in-not-required"
    assert everything["af-south-1"] == "not-opted-in"
    assert "af-south-1" in listed("DISABLED")
    lab.knobs.disable_region(EU)
    assert enabled() == listed("ENABLED", "ENABLED_BY_DEFAULT") == {US}
    wanted: Callable[..., Any] = ec2.describe_regions
    status = [{"Name": "opt-in-status", "Values": ["not-opted-in"]}]
    assert EU in {one["RegionName"] for one in wanted(AllRegions=True, Filters=status)["Regions"]}
    with pytest.raises(ClientError, match="AccessDenied"):
        account.list_regions(AccountId=RECEIVER)
    organize(lab)
    with pytest.raises(ClientError, match="AccessDenied"):
        account.list_regions(AccountId=RECEIVER)
    assert lab.client(MANAGEMENT, "account", US).list_regions(AccountId=RECEIVER)["Regions"]
