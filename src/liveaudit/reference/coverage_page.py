"""The page of coverage: what is audited, and what is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from liveaudit.catalog.catalog import Catalog
from liveaudit.frameworks.framework import Framework, planned_policies
from liveaudit.frameworks.state import ControlState, State, state_of
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.reference.markdown import code, page, table
from liveaudit.reference.unplaced import Unplaced, outside


def coverage_page(
    catalog: Catalog,
    policies: PolicyRegistry,
    frameworks: Mapping[str, Framework],
    unlisted: Mapping[str, Sequence[str]],
    unplaced: Sequence[Unplaced],
) -> str:
    """Services, types, frameworks; what is planned and not built, and the events that cannot be placed.

    ``unlisted``: by service the changing operations that no row knows.
    """
    built = {each.id for each in policies.all()}
    return page(
        "Coverage",
        [
            (
                f"{len(catalog.services)} services, {len(catalog.types)} resource types,"
                f" {sum(len(each.sections) for each in catalog)} sections, {len(built)} policies."
            ),
            "",
            *_services(catalog, policies, unlisted),
            *_types(catalog, policies),
            *_frameworks(frameworks, built),
            *_planned(built),
            *_events(catalog, unlisted, unplaced),
        ],
    )


def _services(catalog: Catalog, policies: PolicyRegistry, unlisted: Mapping[str, Sequence[str]]) -> list[str]:
    return [
        "## Services",
        "",
        "Events: mapped to a resource type; ignored, with a reason; changing operations that no row knows.",
        "",
        *table(
            ("service", "types", "sections", "mapped", "ignored", "unknown", "policies"),
            (
                (
                    f"[{each.name}](services/{each.name}.md)",
                    len(each.types),
                    sum(len(kind.sections) for kind in each.types.values()),
                    len({event for kind in each.types.values() for event in kind.changes}),
                    len(each.ignored),
                    len(unlisted.get(each.name, ())),
                    len({one.id for kind in each.types for one in policies.of(kind)}),
                )
                for each in sorted(catalog.services.values(), key=lambda each: each.name)
            ),
        ),
    ]


def _types(catalog: Catalog, policies: PolicyRegistry) -> list[str]:
    return [
        "## Resource types",
        "",
        "What is not in this table is not audited.",
        "",
        *table(
            ("type", "scope", "sections", "events", "policies"),
            (
                (
                    f"`{each.name}`",
                    "global" if each.is_global else "regional",
                    len(each.sections),
                    len(each.changes),
                    len(policies.of(each.name)),
                )
                for each in sorted(catalog, key=lambda each: each.name)
            ),
        ),
    ]


def _frameworks(frameworks: Mapping[str, Framework], built: set[str]) -> list[str]:
    states = {
        name: [state_of(control, built, {}) for control in framework.controls.values()]
        for name, framework in frameworks.items()
    }
    lines = [
        "## Frameworks",
        "",
        (
            "Covered: by at least one policy that is built; partly: some of its policies are not. Manual: only people can assess it."
            " `liveaudit frameworks show` tells how each control stands."
        ),
        "",
        *table(
            ("framework", "controls", "covered", "of these partly", "manual", "not covered"),
            (
                (
                    name,
                    len(found),
                    sum(1 for each in found if each.built),
                    sum(1 for each in found if each.built and each.missing),
                    _number(found, State.MANUAL),
                    _number(found, State.NOT_COVERED),
                )
                for name, found in states.items()
            ),
        ),
        "### Controls that are not covered",
        "",
    ]
    for name, found in states.items():
        ids = [each.control.id for each in found if each.state == State.NOT_COVERED]
        lines += [f"- {name}: {', '.join(ids) or 'none'}"]
    lines += ["", "### Controls that only people can assess", ""]
    for name, found in states.items():
        ids = [each.control.id for each in found if each.state == State.MANUAL]
        lines += [f"- {name}: {', '.join(ids) or 'none'}"]
    return [*lines, ""]


def _number(found: Sequence[ControlState], state: State) -> int:
    return sum(1 for each in found if each.state == state)


def _planned(built: set[str]) -> list[str]:
    left = {group: [each for each in ids if each not in built] for group, ids in planned_policies().items()}
    return [
        "## Policies that are planned and not built",
        "",
        *table(
            ("group", "planned", "built", "not built"),
            (
                (group, len(ids), len(ids) - len(left[group]), code(left[group]))
                for group, ids in planned_policies().items()
            ),
        ),
    ]


def _events(
    catalog: Catalog, unlisted: Mapping[str, Sequence[str]], unplaced: Sequence[Unplaced]
) -> list[str]:
    number = sum(len(names) for names in unlisted.values())
    unnamed = sorted(
        (each.event_source, event, reason)
        for each in catalog.services.values()
        for event, reason in each.unnamed.items()
    )
    return [
        "## Events that cannot be placed",
        "",
        (
            f"{number} changing operations of covered services have no row; the services' pages list them. An event of one of"
            " these, or one that names no resource, is not lost: what it names by ARN is audited, else its service is swept in"
            " that account and region, and it is counted under its name (`liveaudit catalog gaps`)."
        ),
        "",
        "Of these events, which are rows, some name none of the resource types:",
        "",
        *table(("source", "event", "why it is left then"), unnamed),
        (
            "Held against events recorded at AWS, for every successful change of a covered service the right resource is found,"
            " but for these kinds:"
        ),
        "",
        *table(
            ("source", "event", "why"), ((each.source, f"`{each.name}`", each.reason) for each in unplaced)
        ),
        "Of services that have no table these events concern what is audited, and are not subscribed:",
        "",
        *table(
            ("source", "events", "why"), ((each.source, code(each.names), each.reason) for each in outside())
        ),
    ]
