"""What settings of policies and exemptions contradict, or cannot mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TypeAlias

from msgspec import UNSET

from liveaudit.settings.mistakes import Path, nearest, shown
from liveaudit.settings.rules import Found, Known, rule
from liveaudit.settings.shape import Settings
from liveaudit.settings.shape_of_policies import ScopeSettings

_Entry: TypeAlias = tuple[Path, ScopeSettings]


def moment(ends: str) -> float | None:
    """When an exemption ends, in Unix seconds: of a day when it is over. None: never. Raises ValueError for no time."""
    if not ends:
        return None
    if "T" in ends:
        return dt.datetime.fromisoformat(ends).timestamp()
    day = dt.datetime.fromisoformat(ends).replace(tzinfo=dt.UTC)
    return (day + dt.timedelta(days=1)).timestamp()


def _scopes(settings: Settings) -> Iterator[_Entry]:
    yield from ((("policies", number), each) for number, each in enumerate(settings.policies))
    for number, each in enumerate(settings.exemptions):
        yield ("exemptions", number), each
        yield from ((("exemptions", number, "excluding", at), one) for at, one in enumerate(each.excluding))


@rule("policies")
def _entries_say_something(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.policies):
        if each.state is UNSET and each.severity is UNSET and not each.parameters:
            yield ("policies", number), "says nothing: state, severity or parameters is needed"


@rule("policies")
def _parameters_fit(settings: Settings, known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.policies):
        for name, value in each.parameters.items():
            wrong = known.parameter(each, name, value)
            if wrong:
                yield ("policies", number, "parameters", name), wrong


@rule("exemptions")
def _exemptions_are_narrow(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.exemptions):
        chosen = each.policies or each.services or each.severities or each.frameworks
        if not (chosen or each.accounts or each.regions or each.resources or each.tags):
            yield (
                ("exemptions", number),
                (
                    "would exempt everything: name policies, services, severities, frameworks, accounts, regions, "
                    "resources or tags"
                ),
            )


@rule("exemptions")
def _ends_are_times(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.exemptions):
        try:
            moment(each.ends)
        except ValueError:
            yield ("exemptions", number, "ends"), f"{shown(each.ends)} is no date that there is"


@rule("exemptions", warning=True)
def _exemptions_end(settings: Settings, _known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.exemptions):
        if not each.ends:
            yield ("exemptions", number, "ends"), "is missing: it counts until somebody takes it out"


@rule(warning=True)
def _names_are_known(settings: Settings, known: Known) -> Iterator[Found]:
    """A policy may come with another version, so that a name that is not known stops nothing."""
    for path, scope in _scopes(settings):
        for name, given, there in (
            ("policies", scope.policies, known.policies),
            ("services", scope.services, known.services),
            ("frameworks", scope.frameworks, known.frameworks),
        ):
            for number, each in enumerate(given):
                wild = name == "policies" and ("*" in each or "?" in each)
                if there and each not in there and not wild:
                    near = nearest(each, there) if name != "policies" else _near(each, known)
                    yield (*path, name, number), f"{shown(each)} is not known{near}: nothing is meant by it"


def _near(policy: str, known: Known) -> str:
    """The policy that may be meant: of the service that its name begins with, as there are too many of all."""
    begins = policy.partition("_")[0]
    return nearest(policy, {each for each in known.policies if each.startswith(begins)})
