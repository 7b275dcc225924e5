"""Every action of the printed documents taken away, one at a time: the step that needs it fails and names it."""

from __future__ import annotations

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
    # the raw event is looked up when somebody asks: test_raw_events
    names.EVENT_HISTORY_POLICY: {"cloudtrail:LookupEvents"},
    names.RECEIVER_PUBLISHERS_POLICY: {"events:DescribeRule", "events:ListTargetsByRule"},
}
"""What this journey does not need, and why it is there; ``test_documents_exact`` holds that nothing else is idle."""


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


@pytest.mark.slow
@pytest.mark.parametrize(("account", "policy", "action"), granted())
async def test_one_action_less_and_its_step_says_so(lab: Lab, account: str, policy: str, action: str) -> None:
    with pytest.raises(StepFailedError) as failed:
        await Journey(lab, without(MADE, account, policy, action)).run()
    wanted = action
    if policy == names.ADMINISTRATION_POLICY:
        wanted = names.EXECUTION_ROLE  # CloudFormation's own words for it
    assert wanted in failed.value.told, str(failed.value)
