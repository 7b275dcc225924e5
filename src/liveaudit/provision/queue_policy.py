"""Who may send straight to the receiver's queue, when the publishers deliver directly. Pure.

Sources: EventBridge User Guide, "Sending events to an AWS service in another account" (role on the target, resource
policy on the queue); SQS Developer Guide, "Quotas for policies" (8,192 bytes, 50 principals).
"""

from __future__ import annotations

from typing import Any

from liveaudit.provision import names
from liveaudit.provision.installation import Installation, SetupError
from liveaudit.provision.render.text import compact

POLICY_LIMIT = 8192
PRINCIPALS_LIMIT = 50
_OUR_OWN = 2500
"""Bytes kept free for the statement of the receiver's own rules: one rule's ARN has about 90."""
_SENDERS = "SendersOfOtherAccounts"


def direct_statement(installation: Installation) -> dict[str, Any] | None:
    """The statement (without Resource) that lets the forwarding roles of the publishers send; None: there are none.

    Accounts by name as long as they fit, then the organization. Raises SetupError when neither will do.
    """
    accounts = sorted(each.id for each in installation.other_publishers)
    if not accounts:
        return None
    roles = {"ArnLike": {"aws:PrincipalArn": _role(installation)}}
    organization = installation.organization
    if organization is None or not installation.grants_organization:
        roots = [{"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{account}:root"} for account in accounts]
        named = _statement({"AWS": roots if len(roots) > 1 else roots[0]}, roles)
        # leaves room for one principal more: the service that the receiver's own rules are
        if len(accounts) < PRINCIPALS_LIMIT and len(compact(named)) + _OUR_OWN <= POLICY_LIMIT:
            return named
    if organization is None:
        raise SetupError(
            f"{len(accounts)} publishers cannot be named in a queue's policy ({PRINCIPALS_LIMIT} principals, "
            f"{POLICY_LIMIT} bytes): name the AWS organization in the settings, or deliver through the bus"
        )
    condition = {"StringEquals": {"aws:PrincipalOrgID": organization.id}, **roles}
    return _statement({"AWS": "*"}, condition)


def _statement(principal: dict[str, Any], condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Sid": _SENDERS,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "sqs:SendMessage",
        "Condition": condition,
    }


def _role(installation: Installation) -> dict[str, str]:
    name = names.FORWARDING_ROLE
    if installation.stacks_make_forwarding_role:
        name = names.forwarding_role("${AWS::Region}")
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::*:role/{name}"}
