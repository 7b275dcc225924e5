"""The page of one service."""

from __future__ import annotations

from collections.abc import Sequence

from liveaudit.catalog.rows import Section
from liveaudit.catalog.types import ResourceType, Service
from liveaudit.policies.policy import Policy, PolicyRegistry
from liveaudit.reference.facts import by_id, calls_of
from liveaudit.reference.markdown import code, page, table


def service_page(service: Service, policies: PolicyRegistry, unlisted: Sequence[str]) -> str:
    """Its resource types with their sections and events, its policies, and the events that are none of our business.

    ``unlisted``: the changing operations of its API that no row knows.
    """
    of_service = [each for each in policies.all() if each.type in service.types]
    lines = [
        f"Events come from `{service.event_source}`; calls go to `{service.client}`.",
        "",
        "## Policies",
        "",
        *_policies(of_service),
        "## Resource types",
        "",
    ]
    for each in sorted(service.types.values(), key=lambda one: one.name):
        lines += _type(each)
    lines += ["## Events that change nothing we audit", "", *_ignored(service)]
    lines += ["## Changing operations that no row knows", ""]
    if unlisted:
        lines += [
            (
                "They are counted (`liveaudit catalog gaps`), and their service is swept where they were made: "
                f"{code(unlisted)}."
            )
        ]
    else:
        lines += ["None."]
    return page(service.name, lines)


def _policies(policies: Sequence[Policy]) -> list[str]:
    if not policies:
        return ["None yet.", ""]
    return table(
        ("policy", "severity", "what holds"),
        (
            (f"[`{each}`](../policies/{each}.md)", same[0].severity.value, same[0].title)
            for each, same in by_id(policies).items()
        ),
    )


def _type(each: ResourceType) -> list[str]:
    scope = "global" if each.is_global else "regional"
    if each.ids_are_fixed:
        scope += f"; always there, as `{'`, `'.join(each.always)}`"
    lines = [f"### `{each.name}`", "", f"{scope[0].upper()}{scope[1:]}. ARN `{each.arn}`.", ""]
    if each.listings:
        found = sorted({f"{call.client}:{call.operation}" for one in each.listings for call in one.calls})
        lines += [f"Listed by {code(found)}.", ""]
    whole = sorted(name for name, change in each.changes.items() if not change.sections)
    if whole:
        lines += [f"Events of the whole resource: {code(whole)}.", ""]
    lines += table(
        ("section", "read by", "changed by"),
        (
            (f"`{name}`", _read_by(section), code(_events(each, name)))
            for name, section in each.sections.items()
        ),
    )
    return lines


def _read_by(section: Section) -> str:
    if section.reference is not None:
        return f"`{section.reference.section}` of `{section.reference.type}`"
    return code(calls_of(section))


def _events(each: ResourceType, section: str) -> list[str]:
    return sorted(name for name, change in each.changes.items() if section in change.sections)


def _ignored(service: Service) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for event, reason in service.ignored.items():
        reasons.setdefault(reason, []).append(event)
    for event, reason in service.unnamed.items():
        reasons.setdefault(f"{reason} (where it names none of the types above)", []).append(event)
    if not reasons:
        return ["None.", ""]
    lines = table(
        ("why", "events"), ((reason, code(sorted(events))) for reason, events in sorted(reasons.items()))
    )
    if service.noise:
        lines += [f"Not even subscribed, because they are frequent: {code(sorted(service.noise))}.", ""]
    return lines
