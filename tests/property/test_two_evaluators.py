"""Two evaluators of policy documents, written apart: the lab's gate and the judge of the policies. They must agree."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from liveaudit.lab.permissions import documents, evaluation, keys
from liveaudit.lab.permissions.evaluation import Kind, Policies, Policy
from liveaudit.lab.permissions.principals import Principal
from liveaudit.policies.documents import Decision, Request, decide, parse
from tests.property.test_document_properties import DOCUMENTS

ACCOUNT = "111111111111"
USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
SERVICE = "ec2.amazonaws.com"
ACTIONS = st.sampled_from(["sts:AssumeRole", "s3:GetObject", "s3:PutObject", "iam:PassRole"])
PLACES = st.sampled_from(["arn:aws:s3:::b/x/y", "arn:aws:s3:::b", f"arn:aws:iam::{ACCOUNT}:role/r"])
CONTEXT = {
    "aws:principalaccount": ACCOUNT,
    "aws:principalarn": USER,
    "aws:securetransport": "true",
    "aws:principalorgid": "o-abcdefghij",
    "sts:externalid": "x",
}
ABSENT = frozenset(
    {"aws:sourcearn", "aws:sourceaccount", "aws:sourcevpce", "iam:passedtoservice", "iam:policyarn"}
)


def comparable(statement: dict[str, Any]) -> dict[str, Any]:
    """The statement without what the two read differently on purpose.

    Without a principal one takes it for an identity's; of NotPrincipal the gate wants more names; where Arn operators
    meet what is no ARN the gate says no.
    """
    found = {key.replace("NotPrincipal", "Principal"): part for key, part in statement.items()}
    conditions = {
        operator: {key: value for key, value in tests.items() if "Arn" not in operator or "Arn" in key}
        for operator, tests in found.get("Condition", {}).items()
    }
    return {"Principal": "*"} | found | ({"Condition": conditions} if conditions else {})


@given(DOCUMENTS, st.sampled_from([USER, SERVICE]), ACTIONS, PLACES)
def test_the_gate_and_the_judge_agree(statements: Any, who: str, action: str, resource: str) -> None:
    document = {"Version": "2012-10-17", "Statement": [comparable(each) for each in statements]}
    judged = decide(parse(document), Request(action, who, resource, CONTEXT, ABSENT)).decision
    principal = Principal(ACCOUNT, USER) if who == USER else Principal(service=SERVICE)
    assert CONTEXT.keys() | ABSENT <= keys.SUPPLIED | keys.ABSENT
    everything = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
    ruling = evaluation.decide(
        evaluation.Request(principal, action, resource, CONTEXT),
        Policies((Policy(documents.parse(everything)),)),
        Policy(documents.parse(json.dumps(document)), Kind.RESOURCE),
        owner="222222222222",
    )
    if judged is Decision.ALLOWED:
        assert ruling.allowed
    if judged is Decision.DENIED:
        assert not ruling.allowed
