"""What the tests of EC2's policies use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import botocore.session
import pytest

from liveaudit.audit.answers import section_value
from liveaudit.catalog.types import ResourceType
from liveaudit.model import Resource, Verdict
from liveaudit.policies.policy import Context, call_judge
from liveaudit.services import load
from liveaudit.testing import shapes as answer_shapes
from liveaudit.testing.shapes import fits as like_the_api

_, POLICIES = load()

Judged = Callable[..., Verdict]
Fits = Callable[[str, str, Any], None]
Kept = Callable[[ResourceType, str, Any], Any]


@pytest.fixture(scope="session")
def judged() -> Judged:
    """Runs a policy by its id on the given sections."""

    def run(policy_id: str, **sections: Any) -> Verdict:
        (policy,) = POLICIES.named(policy_id)
        resource = Resource("aws", "111122223333", "eu-west-1", policy.type, "sg-0a")
        given = {name: sections.get(name) for name in policy.sections}
        now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return call_judge(policy, given, resource=resource, now=now, context=Context())

    return run


@pytest.fixture(scope="session")
def kept() -> Kept:
    """What a section keeps of what its path leads to, which is held against botocore's output shape."""

    def keep(resource_type: ResourceType, name: str, raw: Any) -> Any:
        section = resource_type.sections[name]
        assert section.call is not None
        shape = answer_shapes.output_shape(section.call.client, section.call.operation)
        for path in (section.items, section.value):
            for step in re.sub(r"\[[^]]*\]", "[]", path or "@").split("."):
                if step != "@":
                    shape = shape.members[step.rstrip("[]")]
                for _ in range(step.count("[]") and 1):
                    shape = shape.member
            if path is section.items and path is not None and shape.type_name == "list":
                shape = shape.member
        answer_shapes.fits(shape, raw, f"{resource_type.name} {name}")
        return section_value(section, raw)

    return keep


@pytest.fixture(scope="session")
def fits() -> Fits:
    """Asserts that a sample has no key that the item of an operation's answer has not."""
    model = botocore.session.get_session().get_service_model("ec2")

    def check(operation: str, member: str, sample: Any) -> None:
        shape = model.operation_model(operation).output_shape.members[member]
        like_the_api(shape.member if shape.type_name == "list" else shape, sample, operation)

    return check
