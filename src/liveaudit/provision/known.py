"""All names that a settings file may use, and what policies take: for telling what is wrong in it."""

from __future__ import annotations

from functools import lru_cache

from liveaudit.aws.regions import known_regions
from liveaudit.fix.table import FIXES
from liveaudit.frameworks.framework import controls_by_policy, load_frameworks
from liveaudit.policies.parameters import ParameterError
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.policies.scope import FIELDS, Scope
from liveaudit.services import load
from liveaudit.settings import Known, PolicySettings


def everything_known() -> Known:
    """The services, regions, policies and frameworks that there are."""
    return _known(load()[1].changes)


@lru_cache(maxsize=1)
def _known(_changes: int) -> Known:
    catalog, policies = load()
    return Known(
        services=frozenset(catalog.services),
        regions=known_regions(),
        policies=frozenset(each.id for each in policies.all()),
        frameworks=frozenset(load_frameworks()),
        fixes=frozenset(policy for policy, _ in FIXES),
        parameter=lambda entry, name, value: wrong_with(policies, entry, name, value),
    )


def wrong_with(policies: PolicyRegistry, entry: PolicySettings, name: str, value: object) -> str:
    """What is wrong with a parameter for the policies that an entry is about; empty: nothing."""
    scope = Scope(**{each: tuple(getattr(entry, each)) for each in FIELDS})
    chosen = [each for each in policies.all() if scope.chooses(each, controls_by_policy())]
    takers = [taken for each in chosen for taken in each.takes if taken.name == name]
    if not takers:
        taken = sorted({one.name for each in chosen for one in each.takes})
        return f"none of these policies takes it; they take {', '.join(taken) or 'no parameters'}"
    for each in takers:
        try:
            each.checked(value)
        except ParameterError as error:
            return str(error)
    return ""
