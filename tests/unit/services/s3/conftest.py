"""What the tests of S3's policies use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from liveaudit.model import Resource, Verdict
from liveaudit.policies.policy import BUILT_IN, Context, call_judge
from liveaudit.services.s3 import document_policies, policies  # noqa: F401 - they register
from liveaudit.testing.shapes import fits as like_the_api

Judged = Callable[..., Verdict]
Fits = Callable[[str, str, str | None, Any], None]


@pytest.fixture(scope="session")
def judged() -> Judged:
    """Runs a policy by its id on the given sections; those not given are absent."""

    def run(policy_id: str, **sections: Any) -> Verdict:
        (policy,) = BUILT_IN.named(policy_id)
        assert sections.keys() <= policy.sections
        resource = Resource("aws", "111122223333", "eu-west-1", policy.type, "data")
        context = Context(frozenset({"111122223333", "222233334444"}), frozenset({"333344445555"}))
        return call_judge(
            policy,
            {name: sections.get(name) for name in policy.sections},
            resource=resource,
            now=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            context=context,
        )

    return run


@pytest.fixture(scope="session")
def fits() -> Fits:
    """Asserts that a sample has no key that an operation's answer (or a member of it) has not."""
    session = botocore.session.get_session()

    def check(client: str, operation: str, member: str | None, sample: Any) -> None:
        shape = session.get_service_model(client).operation_model(operation).output_shape
        if sample is not None:
            like_the_api(shape if member is None else shape.members[member], sample, operation)

    return check
