"""The permissions of channels: on what the settings name, in the account that calls, and only where there are such."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from liveaudit.provision import names
from liveaudit.provision.documents import (
    AccountDocuments,
    as_cloudformation,
    as_terraform,
    documents,
    member_documents,
)
from liveaudit.provision.documents.channels import channel_policies
from liveaudit.provision.documents.model import MANAGED_POLICY_LIMIT, size
from liveaudit.provision.installation import Installation, Organization, Rollout, SetupError
from liveaudit.services import load
from liveaudit.settings.shape_of_channel_kinds import (
    EmailSettings,
    S3Settings,
    SecurityHubSettings,
    SlackSettings,
    SnsSettings,
    WebhookSettings,
)
from liveaudit.settings.shape_of_channels import KIND_NAMES, ChannelSettings
from tests.support.installations import BANK, RECEIVER, SHOP, channels, installation

CATALOG, POLICIES = load()
SOUTH = "eu-south-1"
ELSEWHERE = "555555555555"


def made_for(*given: ChannelSettings, **changed: Any) -> tuple[AccountDocuments, ...]:
    return documents(replace(installation(), channels=given, **changed), CATALOG, POLICIES).accounts


def granted(given: AccountDocuments) -> dict[str, list[str]]:
    """From action to the resources, of the runner's policies for channels."""
    found: dict[str, list[str]] = {}
    for policy in given.policies:
        if policy.name.startswith(names.CHANNELS_POLICY):
            for each in policy.statements:
                for action in each.actions:
                    found.setdefault(action, []).extend(each.resources)
    return found


def slack(url: str) -> ChannelSettings:
    return ChannelSettings(name="slack", slack=SlackSettings(url=url))


def test_the_runner_may_do_exactly_what_the_channels_do() -> None:
    receiver, *others = made_for(*channels())
    hub = f"arn:aws:securityhub:{SOUTH}:{RECEIVER}"
    topic, bus = f"arn:aws:sns:{SOUTH}:{RECEIVER}:told", f"arn:aws:events:{SOUTH}:{RECEIVER}:event-bus/told"
    assert granted(receiver) == {
        "sns:Publish": [topic],
        "sns:GetTopicAttributes": [topic],
        "events:PutEvents": [bus],
        "events:DescribeEventBus": [bus],
        "s3:PutObject": ["arn:aws:s3:::lake-of-acme/ext/liveaudit/*"],
        "s3:GetBucketLocation": ["arn:aws:s3:::lake-of-acme"],
        "secretsmanager:GetSecretValue": [
            f"arn:aws:secretsmanager:{SOUTH}:{RECEIVER}:secret:liveaudit/slack-a1B2c3"
        ],
        "ssm:GetParameter": [f"arn:aws:ssm:*:{RECEIVER}:parameter/liveaudit/slack"],
        "securityhub:BatchImportFindings": [f"{hub}:product/{RECEIVER}/default"],
        "securityhub:BatchUpdateFindings": [f"{hub}:hub/default"],
        "securityhub:GetFindings": [f"{hub}:hub/default"],
    }
    assert not any(map(granted, others)), "nobody else calls"
    assert f"Attach {names.RUNNER_POLICY}, {names.CHANNELS_POLICY} to" in receiver.steps[-1]
    for role in receiver.roles:
        assert not receiver.allowed(role.name) & {"sns:Publish", "s3:PutObject", "ssm:GetParameter"}


@pytest.mark.parametrize(
    "given",
    [(), (slack("env:SLACK"),), (slack("file:/run/slack"),)],
    ids=["no channel", "environment", "file"],
)
def test_where_no_channel_calls_aws_there_is_nothing(given: tuple[ChannelSettings, ...]) -> None:
    for account in made_for(*given):
        assert not granted(account)
        assert names.HUB_POLICY not in {each.name for each in account.policies}
        assert not any("kms" in each for each in account.steps)


def test_it_is_where_liveaudit_runs_and_what_is_elsewhere_is_told() -> None:
    runner = f"arn:aws:iam::{ELSEWHERE}:role/ci"
    *enrolled, last = made_for(*channels()[:5], runner=runner)
    assert not any(map(granted, enrolled))
    assert last.account == ELSEWHERE
    assert granted(last)["ssm:GetParameter"] == [f"arn:aws:ssm:*:{ELSEWHERE}:parameter/liveaudit/slack"]
    topic = f"arn:aws:sns:{SOUTH}:{RECEIVER}:told"
    assert (
        f"{topic} is in another account: its own policy there has to allow {runner} sns:Publish."
        in last.steps
    )


def test_wildcards_of_names_are_no_wildcards_of_permissions() -> None:
    lake = ChannelSettings(name="lake", s3=S3Settings(bucket="lake", region=SOUTH, prefix="*/a*b/"))
    whole = slack(f"secretsmanager:arn:aws:secretsmanager:{SOUTH}:{RECEIVER}:secret:*")
    part = slack(f"secretsmanager:arn:aws:secretsmanager:{SOUTH}:{RECEIVER}:secret:slack")
    found = granted(made_for(lake, whole, part)[0])
    assert found["s3:PutObject"] == ["arn:aws:s3:::lake/${*}/a${*}b/*"]
    start = f"arn:aws:secretsmanager:{SOUTH}:{RECEIVER}:secret:"
    assert found["secretsmanager:GetSecretValue"] == [f"{start}${{*}}-??????", f"{start}slack-??????"]


def test_a_bucket_that_a_role_writes_to_is_entered_by_that_role_alone() -> None:
    role = f"arn:aws:iam::{ELSEWHERE}:role/AmazonSecurityLake-Provider-liveaudit-{SOUTH}"
    lake = ChannelSettings(name="lake", s3=S3Settings(bucket="lake", region=SOUTH, role=role))
    receiver = made_for(lake)[0]
    assert granted(receiver) == {"sts:AssumeRole": [role]}
    assert any(f"{role} is in another account: its trust policy there" in each for each in receiver.steps)


def test_every_field_that_holds_a_secret_is_looked_at() -> None:
    ssm = "ssm:/a"
    mail = EmailSettings(host="m", user="u", password=ssm, sender="a@b", to=("c@d",))
    assert ChannelSettings(name="m", email=mail).references == (("email.password", ssm),)
    hook = WebhookSettings(url="https://a.example", secret=ssm)
    assert ChannelSettings(name="w", webhook=hook).references == (("webhook.secret", ssm),)
    # a template is no reference, whatever it looks like
    worded = SlackSettings(url="env:A", text="ssm:/b")
    assert ChannelSettings(name="s", slack=worded).references == (("slack.url", "env:A"),)
    fields = {each.name: each.type for each in _fields(ChannelSettings)}
    with_secrets = {kind for kind in KIND_NAMES if '"secret": true' in json.dumps(_extras(fields[kind]))}
    assert with_secrets == {"slack", "teams", "email", "pagerduty", "webhook", "apprise"}


def _fields(kind: type) -> tuple[msgspec.inspect.Field, ...]:
    told = msgspec.inspect.type_info(kind)
    assert isinstance(told, msgspec.inspect.StructType)
    return told.fields


def _extras(given: object) -> list[object]:
    if isinstance(given, msgspec.inspect.Metadata):
        return [given.extra, *_extras(given.type)]
    if isinstance(given, msgspec.inspect.UnionType):
        return [one for each in given.types for one in _extras(each)]
    if isinstance(given, msgspec.inspect.StructType):
        return [one for each in given.fields for one in _extras(each.type)]
    return []


def test_many_channels_are_cut_into_policies_that_fit() -> None:
    topics = [f"arn:aws:sns:{SOUTH}:{RECEIVER}:{'t' * 240}{number:03d}" for number in range(60)]
    given = [ChannelSettings(name=f"t{n}", sns=SnsSettings(topic=each)) for n, each in enumerate(topics)]
    made = channel_policies(replace(installation(), channels=tuple(given)), RECEIVER)
    assert len(made) > 5
    assert len({each.name for each in made}) == len(made)
    assert all(size(each.document) <= MANAGED_POLICY_LIMIT for each in made)
    held = [
        one for each in made for part in each.statements if part.sid == "Publish" for one in part.resources
    ]
    assert sorted(held) == topics
    for each in made:
        assert len({part.sid for part in each.statements}) == len(each.statements)


def test_each_account_has_the_role_that_tells_its_security_hub() -> None:
    made = made_for(channels()[-1])
    for account in made:
        assert account.allowed("told-of-findings") == {
            "securityhub:BatchImportFindings",
            "securityhub:BatchUpdateFindings",
            "securityhub:GetFindings",
        }
        text = json.dumps(account.policy(names.HUB_POLICY).document)
        assert f"arn:aws:securityhub:*:{account.account}:product/{account.account}/default" in text
        assert '"sts:ExternalId": "a-word"' in json.dumps(account.role("told-of-findings").trust)
    assert not granted(made[0]), "the runner itself calls no Security Hub"
    entered = made[0].policy(names.RUNNER_POLICY).statements[0].resources
    assert {f"arn:aws:iam::{each}:role/told-of-findings" for each in (RECEIVER, SHOP, BANK)} <= set(entered)


def test_a_role_that_is_there_already_gets_the_policy_besides() -> None:
    hub = SecurityHubSettings(role=names.AUDIT_ROLE, external_id="word-of-shop")
    (shop,) = [
        each for each in made_for(ChannelSettings(name="hub", security_hub=hub)) if each.account == SHOP
    ]
    assert [each.name for each in shop.roles].count(names.AUDIT_ROLE) == 1
    assert names.HUB_POLICY in shop.role(names.AUDIT_ROLE).attached


def test_a_role_that_others_could_be_led_into_is_refused() -> None:
    bare = ChannelSettings(name="hub", security_hub=SecurityHubSettings(role="told"))
    with pytest.raises(SetupError, match=r"channels: hub: security_hub\.external_id is missing"):
        made_for(bare)
    other = ChannelSettings(
        name="b", security_hub=SecurityHubSettings(role="told-of-findings", external_id="xy")
    )
    with pytest.raises(SetupError, match="a role asks for one alone"):
        made_for(channels()[-1], other)


def test_members_of_an_organization_have_the_role_by_the_stack_set() -> None:
    given = Installation(
        RECEIVER,
        installation().accounts[:2],
        rollout=Rollout.SERVICE_MANAGED,
        organization=Organization("o-abcdefghij", "444444444444", ("r-ab12",)),
        channels=channels(),
    )
    made = member_documents(given, CATALOG, POLICIES)
    assert "securityhub:BatchImportFindings" in made.allowed("told-of-findings")
    assert not granted(made)
    text = as_cloudformation.template(made).text()
    assert "product/${AWS::AccountId}/default" in text


def test_they_are_written_in_every_form() -> None:
    receiver = made_for(*channels())[0]
    template = json.loads(as_cloudformation.template(receiver).text())
    [policy] = [
        each["Properties"]
        for each in template["Resources"].values()
        if each["Properties"].get("ManagedPolicyName") == names.CHANNELS_POLICY
    ]
    assert policy["PolicyDocument"] == receiver.policy(names.CHANNELS_POLICY).document
    terraform = as_terraform.configuration(receiver, "us-east-1")
    assert "sns:Publish" in terraform
    assert names.CHANNELS_POLICY in terraform
