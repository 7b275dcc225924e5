"""The policies run on what was read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from liveaudit.audit.reading import ResourceReading, State
from liveaudit.model import Verdict, unknown
from liveaudit.policies.clock import Now
from liveaudit.policies.parameters import Value
from liveaudit.policies.policy import NOTHING_SET, Context, Policy, call_judge

Tell = Callable[[Policy, dt.datetime], None]
"""Is told from when on a verdict may be another by the passing of time alone."""
Report = Callable[[Policy, ResourceReading, Exception], None]
_AS_THEY_ARE: Mapping[str, Mapping[str, Value]] = MappingProxyType({})


def judge(
    policies: Iterable[Policy],
    reading: ResourceReading,
    *,
    now: dt.datetime,
    context: Context,
    report: Report,
    tell: Tell = lambda _policy, _when: None,
    values: Mapping[str, Mapping[str, Value]] = _AS_THEY_ARE,
) -> dict[str, Verdict]:
    """A verdict of every policy, by policy id. ``values``: what is set of their parameters, by policy id.

    A section that could not be read makes UNKNOWN with its reason, never a guess. So does a policy that raises,
    which is told to ``report`` besides.
    """
    return {
        policy.id: _one(policy, reading, now, context, report, tell, values.get(policy.id, NOTHING_SET))
        for policy in policies
    }


def _one(
    policy: Policy,
    reading: ResourceReading,
    at: dt.datetime,
    context: Context,
    report: Report,
    tell: Tell,
    set_to: Mapping[str, Value],
) -> Verdict:
    for name in sorted(policy.sections):
        section = reading.sections.get(name)
        if section is None:
            return unknown(f"{name} was not read")
        if section.state == State.UNKNOWN:
            return unknown(section.reason)
    sections = {name: reading.sections[name].value for name in policy.sections}
    now = Now(at)
    try:
        verdict = call_judge(
            policy, sections, resource=reading.resource, now=now, context=context, values=set_to
        )
    except Exception as error:  # noqa: BLE001 - a broken policy must not stop the others; it is reported
        report(policy, reading, error)
        return unknown(f"the policy itself failed: {type(error).__name__}: {error}"[:300])
    if now.otherwise_at is not None:
        tell(policy, now.otherwise_at)
    return verdict
