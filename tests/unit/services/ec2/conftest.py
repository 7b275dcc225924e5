"""What the tests of EC2's policies use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from liveaudit.model import Resource, Verdict
from liveaudit.policies.policy import BUILT_IN, Context, call_judge
from liveaudit.services.ec2 import network_acls, region_settings, security_groups  # noqa: F401 - they register

Judged = Callable[..., Verdict]
Fits = Callable[[str, str, Any], None]


@pytest.fixture(scope="session")
def judged() -> Judged:
    """Runs a policy by its id on the given sections."""

    def run(policy_id: str, **sections: Any) -> Verdict:
        (policy,) = BUILT_IN.named(policy_id)
        resource = Resource("aws", "111122223333", "eu-west-1", policy.type, "sg-0a")
        given = {name: sections.get(name) for name in policy.sections}
        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return call_judge(policy, given, resource=resource, now=now, context=Context())

    return run


@pytest.fixture(scope="session")
def fits() -> Fits:
    """Asserts that a sample has no key that the item of an operation's answer has not."""
    model = botocore.session.get_session().get_service_model("ec2")

    def check(operation: str, member: str, sample: Any) -> None:
        shape = model.operation_model(operation).output_shape.members[member]
        _check(shape.member if shape.type_name == "list" else shape, sample, operation)

    return check


def _check(shape: Any, sample: Any, where: str) -> None:
    if shape.type_name == "structure":
        for key, value in sample.items():
            assert key in shape.members, f"{where} has no {key}"
            _check(shape.members[key], value, f"{where}.{key}")
    elif shape.type_name == "list":
        assert isinstance(sample, list), where
        for value in sample:
            _check(shape.member, value, where)
    else:
        python = {"string": str, "integer": int, "boolean": bool}[shape.type_name]
        assert isinstance(sample, python), where
