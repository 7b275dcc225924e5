"""What the tests of every service's policies use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol

import pytest

from liveaudit.model import GLOBAL_REGION, Resource, Verdict
from liveaudit.policies.policy import Context, call_judge
from liveaudit.services import load
from liveaudit.testing.shapes import check

CATALOG, POLICIES = load()
ACCOUNT = "111122223333"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Judged(Protocol):
    """See the fixture ``judged``."""

    def __call__(
        self,
        policy_id: str,
        *,
        type_name: str | None = None,
        resource_id: str = "it",
        account: str = ACCOUNT,
        region: str = "eu-west-1",
        now: dt.datetime = NOW,
        own: Iterable[str] = (),
        trusted: Iterable[str] = (),
        odd: bool = False,
        **sections: Any,
    ) -> Verdict:
        """The policy's verdict."""


@pytest.fixture(scope="session")
def judged() -> Judged:
    """Runs a policy on the given sections; those not given are absent (None).

    Every section given is held against botocore's output shape, unless the case is about an ``odd`` one.
    ``type_name``: which resource type, where the policy stands on several. ``own``: further accounts of ours.
    """

    def run(
        policy_id: str,
        *,
        type_name: str | None = None,
        resource_id: str = "it",
        account: str = ACCOUNT,
        region: str = "eu-west-1",
        now: dt.datetime = NOW,
        own: Iterable[str] = (),
        trusted: Iterable[str] = (),
        odd: bool = False,
        **sections: Any,
    ) -> Verdict:
        (policy,) = [each for each in POLICIES.named(policy_id) if type_name in (None, each.type)]
        unread = sections.keys() - policy.sections
        assert not unread, f"{policy_id} does not read {sorted(unread)}, but {sorted(policy.sections)}"
        resource_type = CATALOG.types[policy.type]
        if not odd:
            for name, value in sections.items():
                check(resource_type, name, value)
        where = GLOBAL_REGION if resource_type.is_global else region
        return call_judge(
            policy,
            {name: sections.get(name) for name in policy.sections},
            resource=Resource("aws", account, where, policy.type, resource_id),
            now=now,
            context=Context(frozenset({account, *own}), frozenset(trusted)),
        )

    return run
