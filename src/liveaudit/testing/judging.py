"""A policy run on sections that a test gives, and what its verdict is held against."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from liveaudit.audit.judge import judge
from liveaudit.audit.reading import ABSENT, Reading, ResourceReading, State
from liveaudit.custom.python import read_folder
from liveaudit.model import GLOBAL_REGION, LiveauditError, Outcome, Resource, Verdict
from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import BUILT_IN, Context, Policy
from liveaudit.services import load
from liveaudit.testing.samples import MOMENT
from liveaudit.testing.shapes import check

ACCOUNT = "111122223333"
"""The account of every resource that is made up here."""
Judged = Policy | Callable[..., Verdict]
"""A policy: itself, or the function that it was written as."""


class UnusablePoliciesError(LiveauditError):
    """A folder's policies cannot be used; its text has a line for each mistake."""


def policies_in(folder: Path | str) -> Mapping[str, Policy]:
    """The Python policies of a folder, by id. Raises UnusablePoliciesError for a mistake in any of them."""
    found = read_folder(Path(folder))
    if found.mistakes:
        raise UnusablePoliciesError("\n".join(each.told(where) for where, each in found.mistakes))
    return {each.id: each for each in found.policies}


def resource_of(type_name: str, resource_id: str = "it", *, region: str = "eu-west-1") -> Resource:
    """A resource of that type in the account of the tests."""
    where = GLOBAL_REGION if load()[0].types[type_name].is_global else region
    return Resource("aws", ACCOUNT, where, type_name, resource_id)


def judged(
    policy: Judged,
    /,
    *,
    resource: Resource | None = None,
    now: dt.datetime = MOMENT,
    own: Iterable[str] = (),
    trusted: Iterable[str] = (),
    set_to: Mapping[str, Value] | None = None,
    unknown: Mapping[str, str] | None = None,
    like_the_api: bool = True,
    **sections: Any,
) -> Verdict:
    """The policy's verdict on these sections; those that it reads and that are not given are not configured.

    ``own``, ``trusted``: further accounts of ours, and accounts that may be let in. ``set_to``: what is set of its parameters.
    ``unknown``: sections that could not be read, with the reason. ``like_the_api``: whether the sections are held
    against the API's model (UnlikeTheApiError). What the policy raises comes through, unlike in production, where it is
    UNKNOWN. Raises ValueError for a section that the policy does not read.
    """
    policy = _policy(policy)
    could_not = unknown or {}
    if strange := sorted((sections.keys() | could_not.keys()) - policy.sections):
        raise ValueError(f"{policy.id} does not read {strange}, but {sorted(policy.sections)}")
    if like_the_api:
        for name, value in sections.items():
            check(load()[0].types[policy.type], name, value)
    reading = ResourceReading(resource or resource_of(policy.type))
    for name in policy.sections:
        value = sections.get(name)
        reading.sections[name] = Reading(State.VALUE, value) if value is not None else ABSENT
    for name, reason in could_not.items():
        reading.sections[name] = Reading(State.UNKNOWN, reason=reason)
    return judge(
        [policy],
        reading,
        now=now,
        context=Context(frozenset({reading.resource.account, *own}), frozenset(trusted)),
        report=raise_it,
        values={policy.id: set_to or {}},
    )[policy.id]


def assert_passes(policy: Judged, /, **given: Any) -> None:
    """It passes. ``given``: as for :func:`judged`."""
    _assert(policy, Outcome.PASS, "", given)


def assert_fails(policy: Judged, /, reason: str = "", **given: Any) -> None:
    """It fails, and ``reason`` stands in what it says."""
    _assert(policy, Outcome.FAIL, reason, given)


def assert_unknown(policy: Judged, /, reason: str = "", **given: Any) -> None:
    """It cannot be known, and ``reason`` stands in what it says."""
    _assert(policy, Outcome.UNKNOWN, reason, given)


def assert_not_applicable(policy: Judged, /, reason: str = "", **given: Any) -> None:
    """It has nothing to say, and ``reason`` stands in what it says."""
    _assert(policy, Outcome.NOT_APPLICABLE, reason, given)


def _assert(policy: Judged, outcome: Outcome, reason: str, given: Mapping[str, Any]) -> None:
    verdict = judged(policy, **given)
    if verdict.outcome != outcome:
        raise AssertionError(f"{outcome.value} was expected, not {verdict.outcome.value}: {verdict.reason}")
    if reason not in verdict.reason:
        raise AssertionError(f"{reason!r} does not stand in {verdict.reason!r}")


def _policy(given: Judged) -> Policy:
    if isinstance(given, Policy):
        return given
    function = inspect.unwrap(given)
    for each in BUILT_IN.all():
        if inspect.unwrap(each.judge) is function:
            return each
    raise ValueError(f"{function.__qualname__} is no policy: it has no @rule or @policy")


def raise_it(_policy: Policy, _reading: ResourceReading, error: Exception) -> None:
    """What a policy raises is the test's business: it comes through."""
    raise error
