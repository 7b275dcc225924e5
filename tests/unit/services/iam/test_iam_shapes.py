"""Whatever IAM should ever answer, a policy says UNKNOWN of what it cannot read, and never raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveaudit.model import Resource, Verdict
from liveaudit.policies.policy import BUILT_IN, Policy, call_judge
from tests.unit.services.iam.support import ACCOUNT, CONTEXT, NOW

POLICIES = [policy for policy in BUILT_IN.all() if policy.service == "iam"]
KEYS = st.sampled_from(
    [
        "AccountMFAEnabled",
        "AccountAccessKeysPresent",
        "AttachmentCount",
        "AssumeRolePolicyDocument",
        "CreateDate",
        "EnabledFeatures",
        "Expiration",
        "LastUsed",
        "LastUsedDate",
        "MasterAccountId",
        "MinimumPasswordLength",
        "MaxPasswordAge",
        "Path",
        "PasswordLastUsed",
        "PolicyArn",
        "PolicyDocument",
        "PolicyName",
        "PolicyRoles",
        "PolicyUsers",
        "PolicyGroups",
        "RoleName",
        "SerialNumber",
        "Statement",
        "Status",
        "Version",
        "Effect",
        "Action",
        "Resource",
        "Principal",
        "root",
        "password_last_used",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-1, 200)
    | st.sampled_from(
        ["Active", "Allow", "*", "", "2026-06-30T00:00:00", "2012-10-17", "iam:*", "%7B%7D", ACCOUNT]
    )
)
ANSWERS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_no_answer_makes_a_policy_raise(policy: Policy, data: Any) -> None:
    sections = {name: data.draw(ANSWERS, label=name) for name in sorted(policy.sections)}
    resource = Resource("aws", ACCOUNT, "global", policy.type, "it")
    assert isinstance(call_judge(policy, sections, resource=resource, now=NOW, context=CONTEXT), Verdict)
