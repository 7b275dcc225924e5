"""Text for people."""

from __future__ import annotations

import pytest

from liveaudit.text import short_principal


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("arn:aws:sts::222222222222:assumed-role/Developer/ann@example.com", "Developer/ann@example.com"),
        ("arn:aws-us-gov:iam::222222222222:user/division/ann", "user/division/ann"),
        ("arn:aws:iam::222222222222:root", "root"),
        ("arn:aws:sts::222222222222:federated-user/ann", "federated-user/ann"),
        # nothing is taken away of what is no such ARN
        (
            "arn:aws:lambda:eu-west-1:222222222222:function:f",
            "arn:aws:lambda:eu-west-1:222222222222:function:f",
        ),
        ("cloudformation.amazonaws.com", "cloudformation.amazonaws.com"),
        ("arn:aws:iam::222222222222:user/ann and more", "arn:aws:iam::222222222222:user/ann and more"),
        ("arn:aws:iam::222222222222:", "arn:aws:iam::222222222222:"),
        ("", ""),
    ],
)
def test_a_principal_is_told_without_partition_and_account(arn: str, told: str) -> None:
    assert short_principal(arn) == told
