"""What AWS's refusals tell. The texts are those of the IAM User Guide's page on access denied messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveaudit.provision.preflight.denial import Denial, Refuser, denial_of

USER = "User: arn:aws:iam::123456789012:user/ann is not authorized to perform: "


@pytest.mark.parametrize(
    ("message", "refuser", "explicit"),
    [
        (USER + "sts:AssumeRole on resource: arn:aws:iam::210987654321:role/x", Refuser.UNTOLD, False),
        (
            USER + "sts:AssumeRole because no role trust policy allows the sts:AssumeRole action",
            Refuser.TRUST,
            False,
        ),
        (USER + "sts:AssumeRole with an explicit deny in the role trust policy", Refuser.TRUST, True),
        (
            USER + "s3:GetObject because no identity-based policy allows the s3:GetObject action",
            Refuser.IDENTITY,
            False,
        ),
        (USER + "s3:GetObject with an explicit deny in an identity-based policy", Refuser.IDENTITY, True),
        (
            USER + "s3:GetObject because no permissions boundary allows the s3:GetObject action",
            Refuser.IDENTITY,
            False,
        ),
        (
            USER + "s3:GetObject because no session policy allows the s3:GetObject action",
            Refuser.IDENTITY,
            False,
        ),
        (USER + "ec2:X with an explicit deny in a service control policy", Refuser.ORGANIZATION, True),
        (
            USER
            + "ec2:X with an explicit deny in a service control policy: arn:aws:organizations::1:policy/p",
            Refuser.ORGANIZATION,
            True,
        ),
        (USER + "s3:X with an explicit deny in a resource control policy", Refuser.ORGANIZATION, True),
        (
            USER
            + "sqs:X on resource: arn:aws:sqs:::q because no resource-based policy allows the sqs:X action",
            Refuser.RESOURCE,
            False,
        ),
        (USER + "sts:X because no VPC endpoint policy allows the sts:X action", Refuser.NETWORK, False),
        (USER + "sts:X with an explicit deny in a VPC endpoint policy", Refuser.NETWORK, True),
        ("Access Denied", Refuser.UNTOLD, False),
    ],
)
def test_who_refused(message: str, refuser: Refuser, explicit: bool) -> None:
    found = denial_of(message)
    assert (found.refuser, found.explicit) == (refuser, explicit)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(denial_of(f"because no {text} allows the {text}"), Denial)


def test_a_long_text_costs_nothing() -> None:
    assert denial_of("because no " + "a " * 500_000).refuser is Refuser.UNTOLD
