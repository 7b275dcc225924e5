"""Which findings a command is about: one set of options, the same filters that the console and the API have."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from liveaudit.cli.common import EXIT_USAGE, CommandError, account_ids

if TYPE_CHECKING:
    from liveaudit.catalog.catalog import Catalog
    from liveaudit.settings import Settings
    from liveaudit.store.finding_wanted import Wanted

DAY = 86_400.0
_NOTHING = ("-",)
"""A name that no finding has, for where two options have nothing in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingFilters:
    """What the options say. Each field is an option of every command that :func:`filtered` is put on."""

    status: Annotated[
        list[str] | None, typer.Option(help="Only this status; several may be given. Default: the open ones.")
    ] = None
    severity: Annotated[list[str] | None, typer.Option(help="Only this severity; several may be given.")] = (
        None
    )
    policy: Annotated[list[str] | None, typer.Option(help="Only this policy; several may be given.")] = None
    framework: Annotated[str, typer.Option(help='Only policies of this framework, as "CIS 7.0".')] = ""
    service: Annotated[
        list[str] | None, typer.Option(help="Only this service, as s3; several may be given.")
    ] = None
    type_name: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only this resource type, as AWS::S3::Bucket; several may be given."),
    ] = None
    account: Annotated[
        list[str] | None, typer.Option(help="Only this account; several may be given.", callback=account_ids)
    ] = None
    region: Annotated[list[str] | None, typer.Option(help="Only this region; several may be given.")] = None
    resource: Annotated[str, typer.Option(help="Only the resource of this id or ARN.")] = ""
    tag: Annotated[
        list[str] | None,
        typer.Option(
            help="Only resources with this tag, as far as tags are read; all of those given.",
            metavar="KEY[=VALUE]",
        ),
    ] = None
    search: Annotated[
        str, typer.Option(help="Only those of which all these words, or their beginnings, are told.")
    ] = ""
    owner: Annotated[str, typer.Option(help="Only those of this owner.")] = ""
    unowned: Annotated[bool, typer.Option("--unowned", help="Only those of nobody.")] = False
    actor: Annotated[
        str, typer.Option(help="Only what is put down to a change of this ARN's.", metavar="ARN")
    ] = ""
    decided_by: Annotated[
        str,
        typer.Option(help="Only what this person or exemption has decided, as person:ann or exemption:7."),
    ] = ""
    days: Annotated[
        int | None, typer.Option(help="Only those that opened within so many days.", min=1, max=36_500)
    ] = None
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those that are open for longer than the settings allow.")
    ] = False
    regression: Annotated[
        bool, typer.Option("--regression", help="Only those that opened again soon after they were closed.")
    ] = False
    every: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False

    def wanted(self, catalog: Catalog, now: float) -> Wanted:
        """What the options ask for. ``every``: closed ones too, where no status is named. Raises CommandError."""
        from liveaudit.model import OPEN, FindingStatus, Severity
        from liveaudit.store.finding_wanted import Wanted
        from liveaudit.store.resource_tags import Tag

        return Wanted(
            status=_checked(self.status, list(FindingStatus), "--status") or (() if self.every else OPEN),
            severity=_checked(self.severity, list(Severity), "--severity"),
            policy=_policies(self.framework, self.policy),
            type=_types(catalog, self.service, self.type_name),
            account=tuple(self.account or ()),
            region=tuple(self.region or ()),
            resource=self.resource,
            tags=tuple(Tag.of(each) for each in self.tag or ()),
            text=self.search,
            owner=self.owner,
            unowned=self.unowned,
            actor=self.actor,
            decided_by=self.decided_by,
            opened_since=None if self.days is None else now - self.days * DAY,
            overdue=self.overdue,
            regression=self.regression,
            now=now,
        )


def filtered(command: Callable[..., None]) -> Callable[..., None]:
    """A command that gets every filter as an option, in the place of its argument ``filters``."""
    of_filters = get_type_hints(FindingFilters, include_extras=True)
    options = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=each.default,
            annotation=of_filters[each.name],
        )
        for each in fields(FindingFilters)
    ]
    signature = inspect.signature(command, eval_str=True)
    taken = [
        one
        for each in signature.parameters.values()
        for one in (options if each.name == "filters" else [each])
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        filters = FindingFilters(**{each.name: given.pop(each.name) for each in options})
        command(filters=filters, **given)

    run.__signature__ = signature.replace(parameters=taken)  # type: ignore[attr-defined]  # typer reads it
    run.__annotations__ = {each.name: each.annotation for each in taken}
    return run


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
