"""What who runs liveaudit may do for the channels that call AWS: on what the settings name, and only where there are such.

Channels call AWS, and read the secrets that are kept there, with the credentials that liveaudit runs with: no role is assumed, except
for Security Hub where each account has its own, and for a bucket whose settings name one. Sources: Service Authorization Reference of the services; IAM User Guide, "IAM policy
elements: Variables and tags" (``${*}`` is a star); Secrets Manager User Guide, "Find secrets from a partial ARN" (the full ARN ends
with a hyphen and six characters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from msgspec import UNSET

from liveaudit.intake.envelope import TELLING_SOURCE
from liveaudit.model import partition_of
from liveaudit.provision import names
from liveaudit.provision.documents.model import MANAGED_POLICY_LIMIT, ManagedPolicy, Statement, size
from liveaudit.provision.documents.security_hub import hub_statements, hubs
from liveaudit.provision.installation import Installation

_FULL = re.compile(r".*-[A-Za-z0-9]{6}")


def channel_policies(installation: Installation, account: str) -> tuple[ManagedPolicy, ...]:
    """The runner's policies for the channels, in ``account``, where it is; none where no channel calls AWS."""
    needed = {(each.sid, each.resources): each for each in _needs(installation, account)}
    packed: list[list[Statement]] = []
    for each in sorted(needed.values(), key=lambda one: one.sid):
        grown = _with(packed[-1], each) if packed else None
        if grown is None or size(_policy(1, grown).document) > MANAGED_POLICY_LIMIT:
            packed.append([each])
        else:
            packed[-1] = grown
    return tuple(_policy(number, each) for number, each in enumerate(packed, 1))


def channel_steps(installation: Installation, account: str) -> tuple[str, ...]:
    """What else is to be done, and what the settings do not tell, for the policies of ``channel_policies``."""
    policies = channel_policies(installation, account)
    if not policies:
        return ()
    who = installation.runner or "who runs liveaudit"
    steps = [
        f"{resource} is in another account: its {_own_word(each)} there has to allow {who} {', '.join(each.actions)}."
        for policy in policies
        for each in policy.statements
        for resource in each.resources
        if resource.split(":")[4] not in ("", account) and not each.sid.startswith(("Import", "Workflow"))
    ]
    keys = (
        f"The settings name no keys: where one of your own encrypts them, allow {who} kms:Decrypt on those of the channels' "
        "secrets, kms:Decrypt and kms:GenerateDataKey on those of their topics and buckets."
    )
    return (*steps, keys)


def _own_word(given: Statement) -> str:
    return "trust policy" if "sts:AssumeRole" in given.actions else "own policy"


def _needs(installation: Installation, account: str) -> Iterator[Statement]:
    """A statement for each resource of each channel; those of one sid differ in the resource alone."""
    for each in installation.channels:
        if each.sns is not UNSET:
            yield Statement(
                "Publish", ("sns:Publish",), (each.sns.topic,), "Channels of SNS: messages are published."
            )
            yield Statement(
                "LookAtTopics",
                ("sns:GetTopicAttributes",),
                (each.sns.topic,),
                "setup check: are the channels' topics there.",
            )
        if each.eventbridge is not UNSET:
            yield Statement(
                "PutEvents",
                ("events:PutEvents",),
                (each.eventbridge.bus,),
                "Channels of EventBridge: an event for each finding, of our own source and no other.",
                {
                    "ForAllValues:StringEquals": {"events:source": TELLING_SOURCE},
                    "Null": {"events:source": "false"},
                },
            )
            yield Statement(
                "LookAtBuses",
                ("events:DescribeEventBus",),
                (each.eventbridge.bus,),
                "setup check: are the channels' buses there.",
            )
        if each.s3 is not UNSET and each.s3.role:
            yield Statement(
                "EnterBuckets",
                ("sts:AssumeRole",),
                (each.s3.role,),
                "Channels of S3: the role is assumed that writes there, as Security Lake makes one for each custom source.",
            )
        elif each.s3 is not UNSET:
            bucket = f"arn:{partition_of(each.s3.region)}:s3:::{each.s3.bucket}"
            yield Statement(
                "Write",
                ("s3:PutObject",),
                (f"{bucket}/{_literal(each.s3.prefix)}*",),
                "Channels of S3: objects are written under the prefix; nothing there is read or removed.",
            )
            yield Statement(
                "LookAtBuckets",
                ("s3:GetBucketLocation",),
                (bucket,),
                "setup check: are the channels' buckets there, and in the region that the settings say.",
            )
        for _, reference in each.references:
            yield from _secret(installation.partition, account, reference)
    for _, hub in hubs(installation):
        if hub.account:
            yield from _one_by_one(hub_statements(installation.partition, hub.account, (hub.region or "*",)))


def _secret(partition: str, account: str, reference: str) -> Iterator[Statement]:
    kind, _, place = reference.partition(":")
    if kind == "secretsmanager":
        arn = place.partition("#")[0]
        yield Statement(
            "ReadSecrets",
            ("secretsmanager:GetSecretValue",),
            (_literal(arn) if _FULL.fullmatch(arn) else f"{_literal(arn)}-??????",),
            "Channels whose secrets are in Secrets Manager: these are read.",
        )
    elif kind == "ssm":
        arn = (
            place
            if place.startswith("arn:")
            # the settings name it without the region: that in which liveaudit runs
            else f"arn:{partition}:ssm:*:{account}:parameter/{place.removeprefix('/')}"
        )
        yield Statement(
            "ReadParameters",
            ("ssm:GetParameter",),
            (arn,),
            "Channels whose secrets are parameters of Systems Manager: these are read.",
        )


def _literal(text: str) -> str:
    """As a Resource has it: a character that is a wildcard or begins a variable there is itself."""
    return re.sub(r"[*?$]", r"${\g<0>}", text)


def _one_by_one(statements: Sequence[Statement]) -> Iterator[Statement]:
    for each in statements:
        yield from (replace(each, resources=(resource,)) for resource in each.resources)


def _with(statements: Sequence[Statement], further: Statement) -> list[Statement]:
    """The statements with one more resource: beside those of its sid, or in a statement of its own."""
    if all(each.sid != further.sid for each in statements):
        return [*statements, further]
    return [
        replace(each, resources=(*each.resources, *further.resources)) if each.sid == further.sid else each
        for each in statements
    ]


def _policy(number: int, statements: Sequence[Statement]) -> ManagedPolicy:
    return ManagedPolicy(
        names.CHANNELS_POLICY if number == 1 else f"{names.CHANNELS_POLICY}-{number}",
        tuple(statements),
        "What liveaudit's channels need of AWS, made from the settings.",
    )
