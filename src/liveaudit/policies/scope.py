"""Which policies on which resources something is said of: a setting of policies, an exemption."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from liveaudit.model import Resource
from liveaudit.policies.documents.patterns import covers
from liveaudit.policies.policy import Policy

Controls = Mapping[str, Mapping[str, Sequence[str]]]
"""The controls that each policy judges, by policy id and framework."""
PATTERNED = ("policies", "resources", "tags")
"""The fields whose texts may hold ``*`` and ``?``."""
ID_ALONE = "id:"
"""What a pattern begins with that is held against ids and not against ARNs."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A resource as scopes see it. ``tags``: as they are known; a resource whose tags are not known has none."""

    resource: Resource
    arn: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Every field that is given narrows down. One of the values of a field is enough, but of ``tags`` all must be there.

    ``severities``: as the policies themselves have them. ``resources``: patterns on the ARN or the id; one that begins
    with ``id:`` on the id alone. ``tags``: ``KEY`` or ``KEY=VALUE``.
    """

    policies: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it down."""
        return not any(getattr(self, each.name) for each in fields(self))

    def plain(self) -> dict[str, list[str]]:
        """The fields that are given, for JSON."""
        return {each.name: list(given) for each in fields(self) if (given := getattr(self, each.name))}

    def chooses(self, policy: Policy, controls: Controls) -> bool:
        """Whether it is about this policy, on whatever resource."""
        return (
            (not self.policies or any(matches(each, policy.id) for each in self.policies))
            and (not self.services or policy.service in self.services)
            and (not self.severities or policy.severity.value in self.severities)
            and (not self.frameworks or any(each in controls.get(policy.id, {}) for each in self.frameworks))
        )

    def holds(self, subject: Subject) -> bool:
        """Whether it is about this resource, by whatever policy."""
        resource = subject.resource
        return (
            (not self.accounts or resource.account in self.accounts)
            and (not self.regions or resource.region in self.regions)
            and (not self.resources or any(_names(each, subject) for each in self.resources))
            and all(_bears(each, subject.tags) for each in self.tags)
        )


FIELDS = tuple(each.name for each in fields(Scope))


def scope_of(plain: Mapping[str, Any]) -> Scope:
    """A scope from what :meth:`Scope.plain` gave."""
    return Scope(**{name: tuple(plain[name]) for name in FIELDS if plain.get(name)})


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern (``*`` any text, ``?`` one character) fits a text whole."""
    # a text of the world may hold what would be a wildcard in a pattern; it stands for itself there
    return pattern == text or covers(pattern, text.replace("*", "\0").replace("?", "\0"))


def _names(pattern: str, subject: Subject) -> bool:
    if pattern.startswith(ID_ALONE):
        return matches(pattern.removeprefix(ID_ALONE), subject.resource.id)
    return matches(pattern, subject.arn) or matches(pattern, subject.resource.id)


def _bears(wanted: str, tags: Mapping[str, str]) -> bool:
    key, equals, value = wanted.partition("=")
    return any(
        matches(key, name) and (not equals or matches(value, str(given))) for name, given in tags.items()
    )
