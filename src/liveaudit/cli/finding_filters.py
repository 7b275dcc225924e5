"""Which findings a command is about: one set of options, the same filters that the console and the API have."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from liveaudit.cli.common import EXIT_USAGE, CommandError

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.settings import Settings
    from liveaudit.store.finding_wanted import Wanted

DAY = 86_400.0
_NOTHING = ("-",)
"""A name that no finding has, for where two options have nothing in common."""

StatusOption = Annotated[
    list[str] | None, typer.Option(help="Only this status; several may be given. Default: the open ones.")
]
SeverityOption = Annotated[list[str] | None, typer.Option(help="Only this severity; several may be given.")]
PolicyOption = Annotated[list[str] | None, typer.Option(help="Only this policy; several may be given.")]
FrameworkOption = Annotated[str, typer.Option(help='Only policies of this framework, as "CIS 7.0".')]
ServiceOption = Annotated[
    list[str] | None, typer.Option(help="Only this service, as s3; several may be given.")
]
AccountOption = Annotated[list[str] | None, typer.Option(help="Only this account; several may be given.")]
RegionOption = Annotated[list[str] | None, typer.Option(help="Only this region; several may be given.")]
ResourceOption = Annotated[str, typer.Option(help="Only the resource of this id or ARN.")]
TypeOption = Annotated[
    list[str] | None,
    typer.Option("--type", help="Only this resource type, as AWS::S3::Bucket; several may be given."),
]
TagOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Only resources with this tag, as far as tags are read; all of those given.",
        metavar="KEY[=VALUE]",
    ),
]
DecidedByOption = Annotated[
    str, typer.Option(help="Only what this person or exemption has decided, as person:ann or exemption:7.")
]
SearchOption = Annotated[
    str, typer.Option(help="Only those of which all these words, or their beginnings, are told.")
]
OwnerOption = Annotated[str, typer.Option(help="Only those of this owner.")]
UnownedOption = Annotated[bool, typer.Option("--unowned", help="Only those of nobody.")]
ActorOption = Annotated[
    str, typer.Option(help="Only what is put down to a change of this ARN's.", metavar="ARN")
]
DaysOption = Annotated[
    int | None, typer.Option(help="Only those that opened within so many days.", min=1, max=36_500)
]
OverdueOption = Annotated[
    bool, typer.Option("--overdue", help="Only those that are open for longer than the settings allow.")
]
RegressionOption = Annotated[
    bool, typer.Option("--regression", help="Only those that opened again soon after they were closed.")
]
EveryOption = Annotated[bool, typer.Option("--all", help="Closed ones too.")]


def wanted_by(
    catalog: Catalog,
    now: float,
    *,
    status: list[str] | None,
    severity: list[str] | None,
    policy: list[str] | None,
    framework: str,
    service: list[str] | None,
    type_name: list[str] | None,
    account: list[str] | None,
    region: list[str] | None,
    resource: str,
    tag: list[str] | None,
    search: str,
    owner: str,
    unowned: bool,
    actor: str,
    decided_by: str,
    days: int | None,
    overdue: bool,
    regression: bool,
    every: bool,
) -> Wanted:
    """What the options ask for. ``every``: closed ones too, where no status is named. Raises CommandError."""
    from liveaudit.model import OPEN, FindingStatus, Severity
    from liveaudit.store.finding_wanted import Wanted
    from liveaudit.store.resource_tags import Tag

    return Wanted(
        status=_checked(status, list(FindingStatus), "--status") or (() if every else OPEN),
        severity=_checked(severity, list(Severity), "--severity"),
        policy=_policies(framework, policy),
        type=_types(catalog, service, type_name),
        account=tuple(account or ()),
        region=tuple(region or ()),
        resource=resource,
        tags=tuple(Tag.of(each) for each in tag or ()),
        text=search,
        owner=owner,
        unowned=unowned,
        actor=actor,
        decided_by=decided_by,
        opened_since=None if days is None else now - days * DAY,
        overdue=overdue,
        regression=regression,
        now=now,
    )


def as_set(wanted: Wanted, settings: Settings) -> Wanted:
    """With what the settings say of due dates and of regressions."""
    rules = settings.findings
    return replace(wanted, due=rules.due.seconds, again_within=rules.again_within)


def checked_services(catalog: Catalog, services: Sequence[str]) -> None:
    """Raises CommandError for a service that there is not."""
    _checked(services, catalog.services, "--service")


def _checked(given: Sequence[str] | None, allowed: Collection[str], option: str) -> tuple[str, ...]:
    wrong = [each for each in given or () if each not in allowed]
    if wrong:
        raise CommandError(f"{option}: {wrong[0]!r} is none of: {', '.join(allowed)}", EXIT_USAGE)
    return tuple(given or ())


def _types(catalog: Catalog, services: list[str] | None, types: list[str] | None) -> tuple[str, ...]:
    checked_services(catalog, services or ())
    given = tuple(types or ())
    if not services:
        return given
    of_services = {name for each in services for name in catalog.services[each].types}
    return tuple(sorted(of_services & set(given) if given else of_services)) or _NOTHING


def _policies(framework: str, policies: list[str] | None) -> tuple[str, ...]:
    given = tuple(policies or ())
    if not framework:
        return given
    from liveaudit.frameworks.framework import load_frameworks

    frameworks = load_frameworks()
    (name,) = _checked([framework], frameworks, "--framework")
    of_it = {each for control in frameworks[name].controls.values() for each in control.policies}
    return tuple(sorted(of_it & set(given) if given else of_it)) or _NOTHING
