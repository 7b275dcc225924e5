"""What handlers demand, and through which principal a stack set enters a region."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from liveaudit.lab.internals import MissingInternalError
from liveaudit.lab.stacks.demands import handler_permissions
from liveaudit.lab.stacks.engine import HANDLERS
from liveaudit.lab.stacks.operations import administration_refused
from liveaudit.lab.stacks.sets import ADMINISTRATION_ROLE, StackSet
from liveaudit.lab.stacks.template import parse

ROLE = f"arn:aws:iam::111111111111:role/{ADMINISTRATION_ROLE}"


class Trusting:
    """Lets the services in ``services`` assume everything, and nobody else."""

    def __init__(self, *services: str) -> None:
        self.services = services
        self.context: Mapping[str, str] = {}

    def assume(
        self, principal: str, role_arn: str, external_id: str = "", context: Mapping[str, str] | None = None
    ) -> str:
        self.context = context or {}
        return "" if principal in self.services else "not trusted"

    def decide(
        self, principal_arn: str, action: str, resource_arn: str, context: Mapping[str, str] | None = None
    ) -> str:
        raise AssertionError("nothing is done")


def stack_set() -> StackSet:
    template = parse('{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}')
    return StackSet("111111111111", "us-east-1", "set", template, {})


@pytest.mark.parametrize("resource_type", sorted(HANDLERS))
@pytest.mark.parametrize("handler", ["create", "update", "delete"])
def test_cfn_lint_knows_every_handler(resource_type: str, handler: str) -> None:
    assert handler_permissions(resource_type, handler, tagged=False)


def test_tags_need_more() -> None:
    plain = handler_permissions("AWS::SQS::Queue", "create", tagged=False)
    assert set(handler_permissions("AWS::SQS::Queue", "create", tagged=True)) - set(plain) == {
        "sqs:ListQueueTags",
        "sqs:TagQueue",
    }


def test_a_type_that_cfn_lint_does_not_know() -> None:
    with pytest.raises(MissingInternalError, match="AWS::Made::Up"):
        handler_permissions("AWS::Made::Up", "create", tagged=False)


def test_the_region_that_an_account_opts_into_has_its_own_principal() -> None:
    usual = Trusting("cloudformation.amazonaws.com")
    assert administration_refused(usual, stack_set(), ROLE, "eu-west-1") == ""
    assert usual.context["aws:SourceAccount"] == "111111111111"
    assert usual.context["aws:SourceArn"].startswith(
        "arn:aws:cloudformation:us-east-1:111111111111:stackset/set:"
    )
    assert administration_refused(usual, stack_set(), ROLE, "af-south-1") == (
        f"Account 111111111111 should have '{ADMINISTRATION_ROLE}' role with trust relationship to the service "
        "cloudformation.af-south-1.amazonaws.com."
    )
    assert (
        administration_refused(
            Trusting("cloudformation.af-south-1.amazonaws.com"), stack_set(), ROLE, "af-south-1"
        )
        == ""
    )
