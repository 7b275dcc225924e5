"""The set-up runs with exactly the printed documents: nothing more, and nothing less."""

from __future__ import annotations

from collections import defaultdict

import pytest

from liveaudit.lab import Lab
from liveaudit.provision import names
from liveaudit.provision.documents import documents
from liveaudit.services import load
from tests.support.journey import INSTALLATION, Journey, StepFailedError, without

pytestmark = [pytest.mark.lab, pytest.mark.anyio]
MADE = documents(INSTALLATION, *load())

KEPT = {
    names.EXECUTION_POLICY: {
        # the original's, for whoever mends a stack by hand
        "cloudformation:CancelUpdateStack",
        "cloudformation:ContinueUpdateRollback",
        "cloudformation:GetStackPolicy",
        "cloudformation:ListStackResources",
        "cloudformation:ListStacks",
        "cloudformation:SetStackPolicy",
        # asked for by CloudFormation's handlers when a stack bears tags, which ours do not
        "events:ListTagsForResource",
        "events:TagResource",
        "events:UntagResource",
        "sqs:ListQueueTags",
    },
    # of the preflight, the drift check and the hello, which have tests of their own
    names.SETUP_POLICY: {
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrailStatus",
        "ec2:DescribeRegions",
        "events:DescribeRule",
        "events:ListTargetsByRule",
        "events:PutEvents",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:SimulatePrincipalPolicy",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    },
    names.RECEIVER_PUBLISHERS_POLICY: {"events:DescribeRule", "events:ListTargetsByRule"},
}
"""What this journey does not use, and why it is there."""


def granted() -> list[tuple[str, str, str]]:
    """Every (account, policy, action) that the journey is said to need."""
    found = []
    for account in MADE.accounts:
        policies = [*account.policies, *(each for role in account.roles for each in role.inline)]
        for policy in policies:
            if not policy.name.startswith(names.AUDIT_POLICY):
                needed = policy.actions() - KEPT.get(policy.name, set())
                found += [(account.account, policy.name, action) for action in sorted(needed)]
    return found


def holders() -> dict[str, str]:
    """From a policy's place (account and name) to the ARN of the role or user that holds it."""
    held = {}
    for account in MADE.accounts:
        for role in account.roles:
            arn = names.role_arn("aws", account.account, role.name)
            for name in (*role.attached, *(each.name for each in role.inline)):
                held[f"{account.account} {name}"] = arn
        for policy in account.policies:
            user = f"arn:aws:iam::{account.account}:user/liveaudit"
            held.setdefault(f"{account.account} {policy.name}", user)
    return held


async def test_exactly_what_is_printed_is_used(lab: Lab) -> None:
    journey = Journey(lab, MADE)
    journey.own()
    lab.clear_decisions()
    await journey.run()
    decisions = lab.decisions()
    assert [each for each in decisions if not each.allowed] == []
    used = defaultdict(set)
    for each in decisions:
        used[each.principal].add(each.action)
    holder = holders()
    needed = defaultdict(set)
    for account, policy, action in granted():
        needed[holder[f"{account} {policy}"]].add(action)
    allowed = {arn: set[str]() for arn in needed}
    for made in MADE.accounts:
        for role in made.roles:
            arn = names.role_arn("aws", made.account, role.name)
            allowed.setdefault(arn, set()).update(made.allowed(role.name))
    for arn, actions in needed.items():
        assert actions <= used[arn], f"{arn} may do what nothing needs: {actions - used[arn]}"
    for arn, actions in used.items():
        assert not arn.startswith("arn:") or actions <= allowed.get(arn, set()) | needed[arn], arn


@pytest.mark.slow
@pytest.mark.parametrize(("account", "policy", "action"), granted())
async def test_one_action_less_and_its_step_says_so(lab: Lab, account: str, policy: str, action: str) -> None:
    journey = Journey(lab, without(MADE, policy, action, account), patience=10)
    journey.own()
    with pytest.raises(StepFailedError) as failed:
        await journey.run()
    wanted = action
    if policy == names.ADMINISTRATION_POLICY:
        wanted = names.EXECUTION_ROLE  # CloudFormation's own words for it
    assert wanted in failed.value.told, str(failed.value)
