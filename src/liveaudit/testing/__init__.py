"""What authors of policies test them with: samples of sections as the API gives them, a policy run on them, and an AWS
that answers as it is told to. ``docs/python-policies.md`` tells how."""

from liveaudit.testing.aws import FakeAws, audited
from liveaudit.testing.judging import (
    assert_fails,
    assert_not_applicable,
    assert_passes,
    assert_unknown,
    judged,
    policies_in,
    resource_of,
)
from liveaudit.testing.samples import NoSampleError, sample
from liveaudit.testing.shapes import UnlikeTheApiError

__all__ = [
    "FakeAws",
    "NoSampleError",
    "UnlikeTheApiError",
    "assert_fails",
    "assert_not_applicable",
    "assert_passes",
    "assert_unknown",
    "audited",
    "judged",
    "policies_in",
    "resource_of",
    "sample",
]
