"""What can be chosen to be audited: services with their policies, and what each framework needs of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from liveaudit.model import Severity
from liveaudit.web.console import Console


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """A service that is covered, with how many policies it has, and how many of these are high or critical."""

    name: str
    policies: int
    severe: int


@dataclass(frozen=True, slots=True)
class SetChoice:
    """A framework with the services that its policies judge."""

    id: str
    title: str
    policies: int
    services: tuple[str, ...]


def services_of(console: Console) -> list[ServiceChoice]:
    """Every covered service, by name."""
    counts: Counter[str] = Counter()
    severe: Counter[str] = Counter()
    for policy in console.policies.all():
        service = console.catalog.types[policy.type].service
        counts[service] += 1
        severe[service] += policy.severity in (Severity.CRITICAL, Severity.HIGH)
    return [ServiceChoice(name, counts[name], severe[name]) for name in sorted(console.catalog.services)]


def sets_of(console: Console) -> list[SetChoice]:
    """Every framework, with what it needs."""
    services: dict[str, str] = {}
    for policy in console.policies.all():
        services[policy.id] = console.catalog.types[policy.type].service
    found = []
    for name, framework in console.frameworks.items():
        needed = {
            each for control in framework.controls.values() for each in control.policies if each in services
        }
        there = tuple(sorted({services[each] for each in needed}))
        if there:
            found.append(SetChoice(name, framework.title, len(needed), there))
    return found
