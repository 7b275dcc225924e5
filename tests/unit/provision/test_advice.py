"""What is to be done about AWS's reasons: who does it, and whether trying again helps."""

from __future__ import annotations

import pytest

from liveaudit.provision.advice import advice, readable, what_to_do

RECEIVER, SHOP, REGION = "111111111111", "222222222222", "eu-south-1"
_REFUSED = (
    "User: arn:aws:sts::{account}:assumed-role/{role}/x is not authorized to perform: {action} on resource: y "
    "because no identity-based policy allows the {action} action"
)


@pytest.mark.parametrize(
    ("reason", "final", "words"),
    [
        (
            f"Account {SHOP} should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship to ...",
            True,
            f"liveaudit iam --account {SHOP}",
        ),
        (
            _REFUSED.format(
                account=SHOP, role="AWSCloudFormationStackSetExecutionRole", action="sqs:CreateQueue"
            ),
            True,
            f"liveaudit iam --account {SHOP}",
        ),
        (
            # the grant is the receiver's to make, though it is the publisher that waits for it
            _REFUSED.format(account=RECEIVER, role="MVC_for_AWS_role", action="events:PutPermission"),
            True,
            f"liveaudit iam --account {RECEIVER}",
        ),
        ("The security token included in the request is invalid", True, f"enable {REGION} in {SHOP}"),
        ("Rate exceeded", False, "run apply again"),
        ("Cancelled since failure tolerance has exceeded", False, "run apply again"),
        ("liveaudit-changes already exists in stack x", True, "made by somebody else"),
        ("no idea", False, f"stack's events in {SHOP} {REGION}"),
        ("{account} {region} {0} %s", False, f"stack's events in {SHOP} {REGION}"),
    ],
)
def test_reasons(reason: str, final: bool, words: str) -> None:
    assert advice(reason).final == final
    assert words in what_to_do(reason, SHOP, REGION)


def test_the_same_cause_reads_the_same() -> None:
    one = readable("Resource handler returned message: no (RequestToken: 1234-ab, HandlerErrorCode: x)")
    other = readable("Resource handler returned message: no (RequestToken: 99-cd, HandlerErrorCode: x)")
    assert one == other
