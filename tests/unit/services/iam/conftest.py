"""What the tests of IAM's policies use."""

from __future__ import annotations

import datetime as dt
from typing import Any

import botocore.session
import pytest

from liveaudit.model import Resource, Verdict
from liveaudit.policies.policy import BUILT_IN, call_judge
from liveaudit.services import iam  # noqa: F401 - importing it registers the policies
from tests.unit.services.iam.support import ACCOUNT, CONTEXT, NOW, Fits, Judged


@pytest.fixture(scope="session")
def judged() -> Judged:
    """Runs a policy by its id on the given sections; those not given are absent."""

    def run(policy_id: str, *, of_type: str = "", **sections: Any) -> Verdict:
        policy = next(each for each in BUILT_IN.named(policy_id) if of_type in ("", each.type))
        assert sections.keys() <= policy.sections, f"{policy_id} reads {sorted(policy.sections)}"
        return call_judge(
            policy,
            {name: sections.get(name) for name in policy.sections},
            resource=Resource("aws", ACCOUNT, "global", policy.type, "it"),
            now=NOW,
            context=CONTEXT,
        )

    return run


@pytest.fixture(scope="session")
def fits() -> Fits:
    """Asserts that a sample has no key that an operation's answer (or a member of it) has not."""
    model = botocore.session.get_session().get_service_model("iam")

    def check(operation: str, path: str | None, sample: Any) -> None:
        shape = model.operation_model(operation).output_shape
        for step in (path or "").split("."):
            shape = shape.members[step] if step else shape
        _check(shape, sample, operation)

    return check


def _check(shape: Any, sample: Any, where: str) -> None:
    if shape.type_name == "structure":
        assert isinstance(sample, dict), where
        for key, value in sample.items():
            assert key in shape.members, f"{where} has no {key}"
            _check(shape.members[key], value, f"{where}.{key}")
    elif shape.type_name == "list":
        assert isinstance(sample, list), where
        for value in sample:
            _check(shape.member, value, where)
    elif shape.type_name == "map":
        for key, value in sample.items():
            assert key in getattr(shape.key, "enum", (key,)), f"{where} has no {key}"
            _check(shape.value, value, where)
    else:
        python = {"integer": int, "boolean": bool, "timestamp": dt.datetime}.get(shape.type_name, (str, dict))
        assert isinstance(sample, python), f"{where}: {sample!r} is no {shape.type_name}"
