"""IAM's table: which resource an event names, whoever made it, and how the resources are read."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from liveaudit.audit.answers import search
from liveaudit.audit.read import Reader
from liveaudit.audit.reading import ResourceReading, State, Wanted
from liveaudit.aws.errors import AwsCallError, Kind, from_response
from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.changes import Effect
from liveaudit.catalog.plan import base_section
from liveaudit.catalog.targets import Match, Relevance, match
from liveaudit.model import GLOBAL_REGION, Actor, Event, Resource
from liveaudit.services.iam.service import service
from tests.support.caller import Asked, CallerDouble

CATALOG = Catalog([service])
RECORDED = Path("/work/shared/events/recorded.jsonl")
ACCOUNT = "111122223333"
ARN = f"arn:aws:iam::{ACCOUNT}:"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
USER, GROUP, ROLE = "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role"
POLICY, ROOT, CERTIFICATE = "AWS::IAM::ManagedPolicy", "AWS::IAM::Account", "AWS::IAM::ServerCertificate"
SELF = {"type": "IAMUser", "arn": f"{ARN}user/team/alice", "userName": "alice"}
THE_ROOT = {"type": "Root", "arn": f"{ARN}root", "userName": "our-alias"}
SESSION = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/alice"}
ROOT_SECTIONS = {"summary", "virtual_mfa_devices"}


def event(
    name: str,
    request: Mapping[str, Any] | None = None,
    response: Mapping[str, Any] | None = None,
    identity: Mapping[str, Any] = SESSION,
    account: str = ACCOUNT,
) -> Event:
    """An event of IAM's."""
    return Event(
        id="e",
        source="iam.amazonaws.com",
        name=name,
        account=account,
        region="us-east-1",
        time=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        actor=Actor(),
        request=request or {},
        response=response or {},
        user_identity=identity,
    )


def told(found: Match) -> dict[tuple[str, str], set[str]]:
    """The resources of a match with their sections."""
    assert found.relevance == Relevance.CHANGES, found.reason
    assert all(each.resource.region == GLOBAL_REGION for each in found.targets)
    return {(each.resource.type, each.resource.id): set(each.sections) for each in found.targets}


def _attach(kind: str) -> tuple[Event, dict[tuple[str, str], set[str]]]:
    request = {f"{kind.lower()}Name": "one", "policyArn": ADMIN}
    expected = {(f"AWS::IAM::{kind}", "one"): {"attached_policies"}, (POLICY, ADMIN): {"policy", "entities"}}
    return event(f"Attach{kind}Policy", request), expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (event("CreateUser", {"userName": "alice", "path": "/team/"}), {(USER, "alice"): set()}),
        (event("DeleteUser", {"userName": "alice"}), {(USER, "alice"): set()}),
        (event("UpdateUser", {"userName": "alice", "newPath": "/x/"}), {(USER, "alice"): set()}),
        (
            event("UpdateUser", {"userName": "alice", "newUserName": "alicia"}),
            {(USER, "alice"): set(), (USER, "alicia"): set()},
        ),
        (event("CreateAccessKey", {"userName": "bob"}, identity=SELF), {(USER, "bob"): {"access_keys"}}),
        (event("CreateAccessKey", identity=SELF), {(USER, "alice"): {"access_keys"}}),
        (event("CreateAccessKey", identity={"userName": "carl"}), {(USER, "carl"): {"access_keys"}}),
        (event("UpdateAccessKey", {"accessKeyId": "A"}, identity=SELF), {(USER, "alice"): {"access_keys"}}),
        (event("CreateAccessKey", identity=THE_ROOT), {(ROOT, ACCOUNT): ROOT_SECTIONS}),
        (event("DeleteLoginProfile", identity=THE_ROOT), {(ROOT, ACCOUNT): ROOT_SECTIONS}),
        (event("ChangePassword", identity=SELF), {(USER, "alice"): {"login_profile"}}),
        (event("CreateLoginProfile", {"userName": "bob"}), {(USER, "bob"): {"login_profile"}}),
        (event("EnableMFADevice", {"userName": "bob"}), {(USER, "bob"): {"mfa_devices"}}),
        (
            event("DeactivateMFADevice", {"userName": "AWS ROOT USER"}, identity=THE_ROOT),
            {(ROOT, ACCOUNT): ROOT_SECTIONS},
        ),
        (
            event("DeleteAccessKey", {"userName": "bob"}, identity=THE_ROOT),
            {(USER, "bob"): {"access_keys"}, (ROOT, ACCOUNT): ROOT_SECTIONS},
        ),
        (event("UploadSigningCertificate", {"userName": "bob"}), {(USER, "bob"): {"signing_certificates"}}),
        (event("CreateServiceSpecificCredential", identity=SELF), {(USER, "alice"): {"service_credentials"}}),
        (event("CreateVirtualMFADevice"), {(ROOT, ACCOUNT): {"virtual_mfa_devices"}}),
        (event("DeleteAccountPasswordPolicy"), {(ROOT, ACCOUNT): {"password_policy"}}),
        (event("CreateSAMLProvider", {"name": "corp"}), {(ROOT, ACCOUNT): {"saml_providers"}}),
        (
            event("AddClientIDToOpenIDConnectProvider", {"clientID": "x"}),
            {(ROOT, ACCOUNT): {"oidc_providers"}},
        ),
        (
            event("EnableOrganizationsRootCredentialsManagement"),
            {(ROOT, ACCOUNT): {"central_root_features"}},
        ),
        (
            event("AddUserToGroup", {"userName": "bob", "groupName": "ops"}),
            {(USER, "bob"): {"groups", "group_policies"}},
        ),
        (
            event("PutUserPolicy", {"userName": "bob", "policyName": "p"}),
            {(USER, "bob"): {"inline_policies"}},
        ),
        (event("PutGroupPolicy", {"groupName": "ops"}), {(GROUP, "ops"): {"inline_policies"}}),
        (event("DeleteRolePolicy", {"roleName": "web"}), {(ROLE, "web"): {"inline_policies"}}),
        (event("UpdateAssumeRolePolicy", {"roleName": "web"}), {(ROLE, "web"): {"role"}}),
        (event("PutRolePermissionsBoundary", {"roleName": "web"}), {(ROLE, "web"): {"permissions_boundary"}}),
        (
            event(
                "CreateServiceLinkedRole",
                {"aWSServiceName": "x"},
                {"role": {"roleName": "AWSServiceRoleForX"}},
            ),
            {(ROLE, "AWSServiceRoleForX"): set()},
        ),
        _attach("User"),
        _attach("Group"),
        _attach("Role"),
        (
            event("CreatePolicy", {"policyName": "p"}, {"policy": {"arn": f"{ARN}policy/team/p"}}),
            {(POLICY, f"{ARN}policy/team/p"): set()},
        ),
        (
            event("CreatePolicyVersion", {"policyArn": f"{ARN}policy/p"}),
            {(POLICY, f"{ARN}policy/p"): {"policy", "document"}},
        ),
        (event("DeletePolicy", {"policyArn": f"{ARN}policy/p"}), {(POLICY, f"{ARN}policy/p"): set()}),
        (event("UploadServerCertificate", {"serverCertificateName": "c"}), {(CERTIFICATE, "c"): set()}),
        (
            event("UpdateServerCertificate", {"serverCertificateName": "c", "newServerCertificateName": "d"}),
            {(CERTIFICATE, "c"): set(), (CERTIFICATE, "d"): set()},
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Event) else "",
)
def test_event_names_what_it_changed(given: Event, expected: dict[tuple[str, str], set[str]]) -> None:
    assert told(match(CATALOG, given)) == expected


def test_the_account_is_the_one_that_received_the_event() -> None:
    """A policy of AWS's belongs, for us, to the account that attached it."""
    found = match(
        CATALOG, event("AttachUserPolicy", {"userName": "u", "policyArn": ADMIN}, account="444455556666")
    )
    assert {each.resource.account for each in found.targets} == {"444455556666"}


def test_a_change_of_what_a_reference_stands_on_changes_the_reference() -> None:
    """The engine runs the policies that read a changed section, and these read the reference, not its base."""
    for resource_type in service.types.values():
        for section in resource_type.sections.values():
            base = base_section(section)
            for change in resource_type.changes.values():
                assert base not in change.sections or section.name in change.sections, change.event


def test_deletes_read_the_root_first() -> None:
    arn = "arn:aws:iam::111111111111:policy/x"
    for name, key, value in (
        ("DeleteUser", "userName", "x"),
        ("DeleteRole", "roleName", "x"),
        ("DeletePolicy", "policyArn", arn),
    ):
        (target,) = match(CATALOG, event(name, {key: value})).targets
        assert target.effect == Effect.DELETE


def test_every_mutating_operation_has_its_row() -> None:
    """No operation of IAM that changes something is left without a resource or a reason."""
    operations = botocore.session.get_session().get_service_model("iam").operation_names
    changing = {name for name in operations if not name.startswith(("Get", "List", "Simulate"))}
    known = {name for each in service.types.values() for name in each.changes} | set(service.ignored)
    assert not changing - known


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded events are not at hand")
def test_recorded_events_are_placed() -> None:
    seen = 0
    for line in RECORDED.read_text().splitlines():
        record = json.loads(line)
        if record.get("eventSource") != "iam.amazonaws.com" or record.get("errorCode"):
            continue
        if record.get("readOnly") or record["eventName"].startswith(("Get", "List")):
            continue
        seen += 1
        found = match(
            CATALOG,
            event(
                record["eventName"],
                record.get("requestParameters"),
                record.get("responseElements"),
                record.get("userIdentity") or {},
                str(record.get("recipientAccountId") or record["userIdentity"].get("accountId")),
            ),
        )
        assert found.relevance in (Relevance.CHANGES, Relevance.IGNORED), (record["eventName"], found.reason)
        assert bool(found.targets) == (found.relevance == Relevance.CHANGES)
    assert seen > 50


class BotoCaller(CallerDouble):
    """The reader's caller on plain boto3, which moto answers."""

    def __init__(self) -> None:
        super().__init__()
        self.clients: dict[str, Any] = {}

    def respond(self, asked: Asked) -> Mapping[str, Any]:
        _, region, client, operation, params, pages = asked
        made = self.clients.setdefault(client, boto3.client(client, region_name=region))
        method = xform_name(operation)
        try:
            if pages and made.can_paginate(method):
                answer: Mapping[str, Any] = made.get_paginator(method).paginate(**params).build_full_result()
            else:
                answer = getattr(made, method)(**params)
        except ClientError as error:
            raised: AwsCallError = from_response(error.response, operation)
            raise raised from error
        except NotImplementedError as error:
            raise AwsCallError(Kind.UNSUPPORTED, "NotImplemented", str(error), operation) from error
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    @property
    def counts(self) -> Counter[str]:
        """How often each operation was called."""
        return Counter(self.operations())


@pytest.fixture
def caller(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotoCaller]:
    """An empty account in moto."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        yield BotoCaller()


def read(caller: BotoCaller, type_name: str, resource_id: str) -> ResourceReading:
    """Every section of a resource."""
    resource = Resource("aws", ACCOUNT, GLOBAL_REGION, type_name, resource_id)
    wanted = Wanted(resource, frozenset(CATALOG.types[type_name].sections))
    return asyncio.run(Reader(CATALOG, caller).read([wanted]))[resource]


def states(reading: ResourceReading) -> dict[str, State]:
    """What became of each section."""
    return {name: each.state for name, each in reading.sections.items()}


DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def test_a_user_is_read_whole(caller: BotoCaller) -> None:
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_group(GroupName="ops")
    iam.attach_group_policy(GroupName="ops", PolicyArn=ADMIN)
    iam.create_user(UserName="alice", Path="/team/")
    iam.add_user_to_group(GroupName="ops", UserName="alice")
    iam.create_access_key(UserName="alice")
    iam.put_user_policy(UserName="alice", PolicyName="p", PolicyDocument=json.dumps(DOCUMENT))
    reading = read(caller, USER, "alice")
    assert states(reading)["login_profile"] == State.ABSENT
    assert not reading.gone
    value = {name: each.value for name, each in reading.sections.items()}
    assert value["user"]["Arn"] == f"{ARN}user/team/alice"
    assert value["access_keys"][0]["Status"] == "Active"
    assert value["access_keys"][0]["LastUsed"]["ServiceName"] == "N/A"
    assert value["inline_policies"] == [{"PolicyName": "p", "PolicyDocument": DOCUMENT}]
    assert value["group_policies"]["ops"][0]["PolicyArn"] == ADMIN
    assert caller.counts["GetUser"] == 1, "the boundary comes from the same answer"


def test_a_listing_gives_the_root_as_a_read_does(caller: BotoCaller) -> None:
    iam = boto3.client("iam", region_name="us-east-1")
    iam.create_user(UserName="alice", Tags=[{"Key": "team", "Value": "blue"}])
    iam.create_role(
        RoleName="web", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []})
    )
    iam.create_group(GroupName="ops")
    iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(DOCUMENT), Description="d")
    for type_name, resource_id in (
        (USER, "alice"),
        (ROLE, "web"),
        (GROUP, "ops"),
        (POLICY, f"{ARN}policy/p"),
    ):
        resource_type = CATALOG.types[type_name]
        listing = resource_type.listings[0]
        section = resource_type.sections[resource_type.root]
        answer = asyncio.run(
            caller.call(ACCOUNT, "us-east-1", "iam", listing.call.operation, listing.call.params)
        )
        (item,) = [each for each in search(listing.items, answer) if each[listing.item_id] == resource_id]
        single = read(caller, type_name, resource_id).sections[resource_type.root].value
        assert {key for key in item if key not in section.omit} == set(single)


def test_a_policy_is_read_with_its_default_version(caller: BotoCaller) -> None:
    iam = boto3.client("iam", region_name="us-east-1")
    arn = iam.create_policy(PolicyName="p", Path="/team/", PolicyDocument=json.dumps(DOCUMENT))["Policy"][
        "Arn"
    ]
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=json.dumps({**DOCUMENT, "Id": "new"}), SetAsDefault=True
    )
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps({**DOCUMENT, "Id": "unused"}))
    reading = read(caller, POLICY, arn)
    assert reading.sections["document"].value == {**DOCUMENT, "Id": "new"}
    assert caller.counts == {"GetPolicy": 1, "GetPolicyVersion": 1, "ListEntitiesForPolicy": 1}
    assert read(caller, POLICY, f"{ARN}policy/none").gone
    assert read(caller, POLICY, ADMIN).sections["document"].value["Statement"][0]["Action"] == "*"


def test_what_is_gone_is_gone(caller: BotoCaller) -> None:
    for type_name in (USER, ROLE, GROUP, CERTIFICATE):
        assert read(caller, type_name, "nobody").gone
    resource = Resource("aws", ACCOUNT, GLOBAL_REGION, USER, "nobody")
    wanted = Wanted(resource, frozenset({"login_profile"}))
    found = asyncio.run(Reader(CATALOG, caller).read([wanted]))[resource]
    assert found.gone, "no password, or no user: the root tells"


def test_the_account_is_read_with_a_report_made_on_demand(caller: BotoCaller) -> None:
    reading = read(caller, ROOT, ACCOUNT)
    assert set(reading.sections["summary"].value) >= {"AccountMFAEnabled", "AccountAccessKeysPresent"}
    assert states(reading)["password_policy"] == State.ABSENT
    assert states(reading)["organization"] == State.ABSENT
    assert reading.sections["virtual_mfa_devices"].value == []
    assert reading.sections["credential_report"].value == {"root": None}, "moto has no row for the root"
    assert caller.counts["GenerateCredentialReport"] >= 1
