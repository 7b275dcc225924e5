"""The gate, as callers meet it: with roles, their trust and their documents, over real calls."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from liveaudit.lab import Lab
from tests.lab.conftest import PUBLISHER, RECEIVER
from tests.lab.events import document, queue_arn, records, watch

pytestmark = pytest.mark.lab

REGION = "us-east-1"
ROLE = f"arn:aws:iam::{RECEIVER}:role/worker"
ORIGINAL_RECEIVER = {
    "Action": [
        "cloudformation:CreateStackInstances",
        "sqs:ListQueues",
        "sqs:AddPermission",
        "sqs:DeleteMessageBatch",
        "sqs:ReceiveMessage",
        "sqs:CreateQueue",
    ],
    "Resource": ["*"],
}
"""What the original's MVC_NrtConfigAuditReceiver says of queues."""

Clients = Callable[[str], Any]
SESSION = boto3.session.Session(region_name=REGION)
"""One for all clients: it has read the services' models."""


def make_role(
    lab: Lab, *statements: dict[str, Any], name: str = "worker", account: str = RECEIVER, **trust: Any
) -> str:
    """A role that the account ``trust`` names may assume, with these permissions. Returns its ARN."""
    iam = lab.client(account, "iam", REGION)
    trusted = {"Principal": {"AWS": RECEIVER}, "Action": "sts:AssumeRole", **trust}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trusted))["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName=name, PolicyDocument=document(*statements))
    return arn


class Sessions:
    """Clients with the keys of roles and users; closed in the end."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._open: list[Any] = []

    def with_keys(self, service: str, *keys: str) -> Any:
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        given = dict(zip(names, keys, strict=False))
        client = SESSION.client(service, endpoint_url=self._lab.endpoint_url, **given)
        self._open.append(client)
        return client

    def role(self, role: str, account: str = RECEIVER, **more: Any) -> Clients:
        """Clients of a session of ``role``, which the owner of ``account`` assumes."""
        sts = self._lab.client(account, "sts", REGION)
        given = sts.assume_role(RoleArn=role, RoleSessionName="night", **more)["Credentials"]
        keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        return lambda service: self.with_keys(service, *keys)

    def user(self, name: str, *statements: dict[str, Any], account: str = RECEIVER) -> Clients:
        """Clients of a new user with these permissions."""
        iam = self._lab.client(account, "iam", REGION)
        iam.create_user(UserName=name)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        keys = (key["AccessKeyId"], key["SecretAccessKey"])
        return lambda service: self.with_keys(service, *keys)

    def close(self) -> None:
        for client in self._open:
            client.close()


@pytest.fixture
def sessions(lab: Lab) -> Iterator[Sessions]:
    made = Sessions(lab)
    yield made
    made.close()


def refusal(call: Callable[..., Any], **params: Any) -> tuple[str, str]:
    """AWS's code and message for a call that must be refused."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_the_originals_receiver_policy_receives_and_cannot_delete(lab: Lab, sessions: Sessions) -> None:
    owner = lab.client(RECEIVER, "sqs", REGION)
    url = owner.create_queue(QueueName="events")["QueueUrl"]
    owner.send_message(QueueUrl=url, MessageBody="one")
    sqs = sessions.role(make_role(lab, ORIGINAL_RECEIVER))("sqs")
    (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    entry = {"Id": "1", "ReceiptHandle": message["ReceiptHandle"]}
    expected = (
        f"User: arn:aws:sts::{RECEIVER}:assumed-role/worker/night is not authorized to perform: "
        f"sqs:DeleteMessage on resource: {queue_arn(RECEIVER, REGION, 'events')} "
        "because no identity-based policy allows the sqs:DeleteMessage action"
    )
    single = refusal(sqs.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    batch = refusal(sqs.delete_message_batch, QueueUrl=url, Entries=[entry])
    assert single == batch == ("AccessDeniedException", expected)
    assert owner.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "one"
    assert refusal(sqs.get_queue_attributes, QueueUrl=url)[0] == "AccessDeniedException"
    assert {(d.action, d.allowed) for d in lab.decisions() if d.principal == ROLE} == {
        ("sqs:ReceiveMessage", True),
        ("sqs:DeleteMessage", False),
        ("sqs:GetQueueAttributes", False),
    }


def test_the_original_scopes_bus_permissions_to_what_has_none(lab: Lab, sessions: Sessions) -> None:
    bus = f"arn:aws:events:*:{RECEIVER}:event-bus/default"
    actions = [
        "events:PutPermission",
        "events:DescribeEventBus",
        "events:DescribeRule",
        "events:RemovePermission",
    ]
    events = sessions.role(make_role(lab, {"Action": actions, "Resource": [bus]}))("events")
    assert events.describe_event_bus()["Name"] == "default"
    grant = {"Action": "events:PutEvents", "Principal": PUBLISHER, "StatementId": "p"}
    assert "events:PutPermission on resource: *" in refusal(events.put_permission, **grant)[1]
    assert "rule/changes because" in refusal(events.describe_rule, Name="changes")[1]


def test_resource_arns_matter(lab: Lab, sessions: Sessions) -> None:
    owner = lab.client(RECEIVER, "sqs", REGION)
    mine = owner.create_queue(QueueName="liveaudit-events")["QueueUrl"]
    other = owner.create_queue(QueueName="payments")["QueueUrl"]
    pattern = f"arn:aws:sqs:*:{RECEIVER}:liveaudit-*"
    sqs = sessions.role(make_role(lab, {"Action": "sqs:*", "Resource": pattern}))("sqs")
    assert sqs.receive_message(QueueUrl=mine)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "payments" in refusal(sqs.receive_message, QueueUrl=other)[1]
    assert refusal(sqs.list_queues)[1].count("on resource: * because no identity-based policy") == 1
    assert refusal(sqs.create_queue, QueueName="new")[0] == "AccessDeniedException"


def test_the_external_id_is_demanded(lab: Lab, sessions: Sessions) -> None:
    trust: dict[str, Any] = {
        "Principal": {"AWS": RECEIVER},
        "Condition": {"StringEquals": {"sts:ExternalId": "e-1"}},
    }
    role = make_role(lab, {"Action": "s3:ListAllMyBuckets", "Resource": "*"}, account=PUBLISHER, **trust)
    sts = lab.client(RECEIVER, "sts", REGION)
    text = f"User: arn:aws:iam::{RECEIVER}:user/lab-admin is not authorized to perform: sts:AssumeRole"
    expected = ("AccessDenied", f"{text} on resource: {role}")
    assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="night") == expected
    assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="night", ExternalId="e-2") == expected
    assert sessions.role(role, ExternalId="e-1")("s3").list_buckets()["Buckets"] == []
    reasons = [decision.reason for decision in lab.decisions() if not decision.allowed]
    assert reasons == ["the role's trust policy does not allow it"]


def test_a_role_that_is_not_there_cannot_be_assumed(lab: Lab) -> None:
    sts = lab.client(RECEIVER, "sts", REGION)
    code, message = refusal(sts.assume_role, RoleArn=ROLE, RoleSessionName="night")
    assert code == "AccessDenied"
    assert message.endswith(f"sts:AssumeRole on resource: {ROLE}")


@pytest.mark.parametrize(
    ("trusted", "own", "expected"),
    [
        ("user", False, True),
        ("account", False, False),
        ("account", True, True),
        ("another user", True, False),
    ],
)
def test_assuming_within_an_account(
    lab: Lab, sessions: Sessions, trusted: str, own: bool, expected: bool
) -> None:
    principal = {
        "user": f"arn:aws:iam::{RECEIVER}:user/ann",
        "account": f"arn:aws:iam::{RECEIVER}:root",
        "another user": f"arn:aws:iam::{RECEIVER}:user/bob",
    }[trusted]
    role = make_role(lab, Principal={"AWS": principal})
    statements = [{"Action": "sts:AssumeRole", "Resource": role}] if own else []
    sts = sessions.user("ann", *statements)("sts")
    if expected:
        assert sts.assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
    else:
        assert refusal(sts.assume_role, RoleArn=role, RoleSessionName="night")[0] == "AccessDenied"


def test_assuming_across_accounts_takes_both_sides(lab: Lab, sessions: Sessions) -> None:
    ann = f"arn:aws:iam::{RECEIVER}:user/ann"
    role = make_role(lab, account=PUBLISHER, Principal={"AWS": ann})
    without = sessions.user("ann")("sts")
    assert refusal(without.assume_role, RoleArn=role, RoleSessionName="night")[0] == "AccessDenied"
    lab.client(RECEIVER, "iam", REGION).put_user_policy(
        UserName="ann",
        PolicyName="assume",
        PolicyDocument=document({"Action": "sts:AssumeRole", "Resource": role}),
    )
    assert without.assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]


def test_an_unsigned_call_is_nobodys(lab: Lab) -> None:
    from botocore import UNSIGNED
    from botocore.config import Config

    client = SESSION.client("s3", endpoint_url=lab.endpoint_url, config=Config(signature_version=UNSIGNED))
    assert refusal(client.list_buckets)[0] == "AccessDenied"
    owner = lab.client(RECEIVER, "s3", REGION)
    owner.create_bucket(Bucket="open-bucket")
    owner.delete_public_access_block(Bucket="open-bucket")
    statement = {"Principal": "*", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::open-bucket"}
    owner.put_bucket_policy(Bucket="open-bucket", Policy=document(statement))
    assert client.list_objects_v2(Bucket="open-bucket")["KeyCount"] == 0
    client.close()


def test_a_bucket_of_another_account_takes_both_sides(lab: Lab, sessions: Sessions) -> None:
    owner = lab.client(PUBLISHER, "s3", REGION)
    owner.create_bucket(Bucket="their-bucket")
    everything = {"Action": "s3:*", "Resource": "*"}
    role = make_role(lab, everything)
    s3 = sessions.role(role)("s3")
    code, message = refusal(s3.get_bucket_versioning, Bucket="their-bucket")
    assert (code, message.rpartition(" because ")[2]) == (
        "AccessDenied",
        "no resource-based policy allows the s3:GetBucketVersioning action",
    )
    statement = {"Principal": {"AWS": role}, "Action": "s3:Get*", "Resource": "arn:aws:s3:::their-bucket"}
    owner.put_bucket_policy(Bucket="their-bucket", Policy=document(statement))
    assert "Status" not in s3.get_bucket_versioning(Bucket="their-bucket")


def test_groups_managed_policies_and_boundaries_count(lab: Lab, sessions: Sessions) -> None:
    iam = lab.client(RECEIVER, "iam", REGION)
    ann = sessions.user("ann")
    iam.create_group(GroupName="readers")
    read_only = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    iam.attach_group_policy(GroupName="readers", PolicyArn=read_only)
    assert refusal(ann("s3").list_buckets)[0] == "AccessDenied"
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    assert ann("s3").list_buckets()["Buckets"] == []
    only_queues = iam.create_policy(
        PolicyName="queues", PolicyDocument=document({"Action": "sqs:*", "Resource": "*"})
    )["Policy"]["Arn"]
    role = make_role(lab)
    iam.attach_role_policy(RoleName="worker", PolicyArn=read_only)
    s3 = sessions.role(role)("s3")
    assert s3.list_buckets()["Buckets"] == []
    iam.put_role_permissions_boundary(RoleName="worker", PermissionsBoundary=only_queues)
    assert "because no permissions boundary allows" in refusal(s3.list_buckets)[1]


def test_a_session_policy_limits_the_session(lab: Lab, sessions: Sessions) -> None:
    role = make_role(lab, {"Action": ["s3:ListAllMyBuckets", "sqs:ListQueues"], "Resource": "*"})
    limited = sessions.role(role, Policy=document({"Action": "sqs:ListQueues", "Resource": "*"}))
    assert "QueueUrls" not in limited("sqs").list_queues()
    assert "because no session policy allows" in refusal(limited("s3").list_buckets)[1]


def test_a_role_is_passed_only_with_permission(lab: Lab, sessions: Sessions) -> None:
    forwarding = f"arn:aws:iam::{RECEIVER}:role/forwarding"
    rule = f"arn:aws:events:*:{RECEIVER}:rule/changes"
    rules = {"Action": ["events:PutRule", "events:PutTargets"], "Resource": rule}
    events = sessions.role(make_role(lab, rules))("events")
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["aws.s3"]}))
    target = {"Id": "1", "Arn": queue_arn(RECEIVER, REGION, "events"), "RoleArn": forwarding}
    message = refusal(events.put_targets, Rule="changes", Targets=[target])[1]
    assert f"iam:PassRole on resource: {forwarding} because" in message
    for service, allowed in (("lambda.amazonaws.com", False), ("events.amazonaws.com", True)):
        passing = {
            "Action": "iam:PassRole",
            "Resource": forwarding,
            "Condition": {"StringEquals": {"iam:PassedToService": service}},
        }
        lab.client(RECEIVER, "iam", REGION).put_role_policy(
            RoleName="worker", PolicyName="pass", PolicyDocument=document(passing)
        )
        if not allowed:
            assert "iam:PassRole" in refusal(events.put_targets, Rule="changes", Targets=[target])[1]
    make_role(lab, name="forwarding", Principal={"Service": "events.amazonaws.com"})
    assert events.put_targets(Rule="changes", Targets=[target])["FailedEntryCount"] == 0


def bus_arn(account: str) -> str:
    return f"arn:aws:events:{REGION}:{account}:event-bus/default"


def rule_to(lab: Lab, account: str, target: str, role: str) -> None:
    """A rule for everything that is no event of AWS's own."""
    events = lab.client(account, "events", REGION)
    events.put_rule(Name="changes", EventPattern=json.dumps({"source": ["own.app"]}))
    events.put_targets(Rule="changes", Targets=[{"Id": "1", "Arn": target, "RoleArn": role}])


def send(lab: Lab, account: str) -> str:
    """Put an event on the account's bus. Returns why it was dropped, empty if it arrived."""
    before = lab.state()["events"].get("dropped", 0)
    entry = {"Source": "own.app", "DetailType": "t", "Detail": "{}"}
    lab.client(account, "events", REGION).put_events(Entries=[entry])
    lab.drain()
    state = lab.state()
    return str(state["dropped"][-1]["reason"]) if state["events"].get("dropped", 0) > before else ""


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"StringEquals": {"aws:SourceAccount": PUBLISHER}}, ""),
        ({"StringEquals": {"aws:SourceAccount": RECEIVER}}, "trust policy does not allow"),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{PUBLISHER}:rule/changes"}}, ""),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:events:*:{PUBLISHER}:rule/other"}}, "trust policy"),
    ],
)
def test_a_confused_deputy_is_refused(lab: Lab, condition: dict[str, Any], reason: str) -> None:
    lab.client(RECEIVER, "events", REGION).put_permission(
        Action="events:PutEvents", Principal=PUBLISHER, StatementId="p"
    )
    role = make_role(
        lab,
        {"Action": "events:PutEvents", "Resource": bus_arn(RECEIVER)},
        name="forwarding",
        account=PUBLISHER,
        Principal={"Service": "events.amazonaws.com"},
        Condition=condition,
    )
    rule_to(lab, PUBLISHER, bus_arn(RECEIVER), role)
    told = send(lab, PUBLISHER)
    assert reason in told
    assert bool(told) is bool(reason)
    taken = {(d.principal, d.action, d.allowed) for d in lab.decisions()}
    assert ("events.amazonaws.com", "sts:AssumeRole", not reason) in taken
    assert ((role, "events:PutEvents", True) in taken) is not bool(reason)


def test_a_bus_opened_to_an_organization(lab: Lab) -> None:
    trusted = {"Principal": {"Service": "events.amazonaws.com"}}
    bus = bus_arn(RECEIVER)
    role = make_role(
        lab, {"Action": "events:PutEvents", "Resource": bus}, name="forwarding", account=PUBLISHER, **trusted
    )
    organization = lab.organize(RECEIVER)
    lab.client(RECEIVER, "events", REGION).put_permission(
        Action="events:PutEvents",
        Principal="*",
        StatementId="organization",
        Condition={"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": organization},
    )
    with pytest.raises(ClientError, match="no resource-based policy allows the events:PutEvents action"):
        rule_to(lab, PUBLISHER, bus, role)
    lab.organize(RECEIVER, {"": [PUBLISHER]})
    rule_to(lab, PUBLISHER, bus, role)
    assert send(lab, PUBLISHER) == ""


def test_events_are_put_on_a_foreign_bus_only_where_its_policy_lets_them_in(
    lab: Lab, sessions: Sessions
) -> None:
    entry = {"Source": "own.app", "DetailType": "t", "Detail": "{}", "EventBusName": bus_arn(RECEIVER)}
    owner = lab.client(PUBLISHER, "events", REGION)
    assert refusal(owner.put_events, Entries=[entry])[0] == "AccessDeniedException"
    lab.client(RECEIVER, "events", REGION).put_permission(
        Action="events:PutEvents", Principal=PUBLISHER, StatementId="p"
    )
    assert owner.put_events(Entries=[entry])["FailedEntryCount"] == 0
    role = make_role(lab, account=PUBLISHER, Principal={"AWS": PUBLISHER})
    events = sessions.role(role, account=PUBLISHER)("events")
    assert "no identity-based policy" in refusal(events.put_events, Entries=[entry])[1]


def test_a_refused_change_is_an_event_with_its_error(lab: Lab, sessions: Sessions) -> None:
    role = make_role(lab)
    ec2 = sessions.role(role)("ec2")
    url = watch(lab, RECEIVER, REGION)
    code, message = refusal(ec2.create_security_group, GroupName="g", Description="d")
    assert code == "UnauthorizedOperation"
    assert message.startswith("You are not authorized to perform this operation. User: arn:aws:sts::")
    (record,) = records(lab, RECEIVER, REGION, url)
    assert record["errorCode"] == "Client.UnauthorizedOperation"
    assert record["requestParameters"] is None
    assert record["userIdentity"]["arn"] == f"arn:aws:sts::{RECEIVER}:assumed-role/worker/night"
    assert (
        lab.client(RECEIVER, "ec2", REGION).describe_security_groups(
            Filters=[{"Name": "group-name", "Values": ["g"]}]
        )["SecurityGroups"]
        == []
    )


def test_an_unknown_resource_is_said_to_be_unknown(lab: Lab, sessions: Sessions) -> None:
    role = make_role(lab, {"Action": "ec2:*", "Resource": f"arn:aws:ec2:*:{RECEIVER}:instance/*"})
    ec2 = sessions.role(role)("ec2")
    message = refusal(ec2.terminate_instances, InstanceIds=["i-12345678"])[1]
    assert "a resource that the lab's gate does not know" in message


def test_everybody_may_ask_who_they_are(lab: Lab, sessions: Sessions) -> None:
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    sts = sessions.role(make_role(lab, deny))("sts")
    assert sts.get_caller_identity()["Arn"] == f"arn:aws:sts::{RECEIVER}:assumed-role/worker/night"
    message = refusal(sts.get_access_key_info, AccessKeyId="AKIA0000000000000000")[1]
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_a_deleted_role_lets_nothing_through(lab: Lab, sessions: Sessions) -> None:
    sqs = sessions.role(make_role(lab, {"Action": "sqs:*", "Resource": "*"}))("sqs")
    assert "QueueUrls" not in sqs.list_queues()
    iam = lab.client(RECEIVER, "iam", REGION)
    iam.delete_role_policy(RoleName="worker", PolicyName="worker")
    iam.delete_role(RoleName="worker")
    assert refusal(sqs.list_queues)[0] == "AccessDeniedException"


def test_a_simulation_says_what_the_calls_would(lab: Lab, sessions: Sessions) -> None:
    pattern = f"arn:aws:sqs:*:{RECEIVER}:liveaudit-*"
    role = make_role(
        lab,
        {"Action": ["sqs:ReceiveMessage", "iam:SimulatePrincipalPolicy"], "Resource": [pattern, ROLE]},
        {
            "Action": "sqs:SendMessage",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
        {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"},
    )
    iam = sessions.role(role)("iam")
    mine, other = (queue_arn(RECEIVER, REGION, name) for name in ("liveaudit-events", "payments"))
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"]
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role,
        ActionNames=actions,
        ResourceArns=[mine, other],
        PaginationConfig={"PageSize": 4},
    )
    results = [one for page in pages for one in page["EvaluationResults"]]
    assert [(one["EvalActionName"], one["EvalResourceName"], one["EvalDecision"]) for one in results] == [
        ("sqs:ReceiveMessage", mine, "allowed"),
        ("sqs:ReceiveMessage", other, "implicitDeny"),
        ("sqs:DeleteMessage", mine, "implicitDeny"),
        ("sqs:DeleteMessage", other, "implicitDeny"),
        ("sqs:PurgeQueue", mine, "explicitDeny"),
        ("sqs:PurgeQueue", other, "explicitDeny"),
    ]
    assert results[0]["MatchedStatements"] == [
        {"SourcePolicyId": "role_worker_worker", "SourcePolicyType": "role"}
    ]
    assert results[0]["ResourceSpecificResults"][0]["EvalResourceDecision"] == "allowed"
    (open_question,) = iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["sqs:SendMessage"])[
        "EvaluationResults"
    ]
    assert open_question["EvalDecision"] == "implicitDeny"
    assert open_question["MissingContextValues"] == ["aws:securetransport"]
    entry = {
        "ContextKeyName": "aws:SecureTransport",
        "ContextKeyValues": ["true"],
        "ContextKeyType": "boolean",
    }
    (answered,) = iam.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=["sqs:SendMessage"], ContextEntries=[entry]
    )["EvaluationResults"]
    assert answered["EvalDecision"] == "allowed"
    assert refusal(iam.simulate_principal_policy, PolicySourceArn=f"{role}s", ActionNames=actions)[0] == (
        "AccessDenied"
    )
    owner = lab.client(RECEIVER, "iam", REGION)
    missing = refusal(owner.simulate_principal_policy, PolicySourceArn=f"{role}s", ActionNames=actions)
    assert missing[0] == "NoSuchEntity"
    assert refusal(owner.simulate_principal_policy, PolicySourceArn=role, ActionNames=["Send"])[0] == (
        "InvalidInput"
    )


def test_a_document_alone_can_be_simulated(lab: Lab) -> None:
    iam = lab.client(RECEIVER, "iam", REGION)
    text = document({"Action": "s3:*", "Resource": "*"})
    bound = document({"Action": "s3:Get*", "Resource": "*"})
    results = iam.simulate_custom_policy(
        PolicyInputList=[text],
        PermissionsBoundaryPolicyInputList=[bound],
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )["EvaluationResults"]
    assert [one["EvalDecision"] for one in results] == ["allowed", "implicitDeny"]
    assert [one["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"] for one in results] == [
        True,
        False,
    ]


def test_decisions_are_counted_and_forgotten(lab: Lab, sessions: Sessions) -> None:
    sqs = sessions.role(make_role(lab, {"Action": "sqs:ListQueues", "Resource": "*"}))("sqs")
    lab.clear_decisions()
    sqs.list_queues()
    sqs.list_queues()
    ((decision, times),) = lab.decisions().items()
    assert tuple(decision) == (ROLE, "sqs:ListQueues", "*", True, "")
    assert times == 2
    lab.client(RECEIVER, "sqs", REGION).list_queues()
    assert sum(lab.decisions().values()) == 2
    with urllib.request.urlopen(f"{lab.endpoint_url}/_lab/decisions") as answer:  # noqa: S310 - the lab's own
        (told,) = json.load(answer)
    assert told == {**decision._asdict(), "times": 2}
    lab.clear_decisions()
    assert not lab.decisions()
