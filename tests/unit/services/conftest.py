"""What the tests of every service's policies use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol

import pytest

from liveaudit import testing
from liveaudit.model import GLOBAL_REGION, Resource, Verdict
from liveaudit.services import load

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
        where = GLOBAL_REGION if CATALOG.types[policy.type].is_global else region
        return testing.judged(
            policy,
            resource=Resource("aws", account, where, policy.type, resource_id),
            now=now,
            own=own,
            trusted=trusted,
            like_the_api=not odd,
            **sections,
        )

    return run
