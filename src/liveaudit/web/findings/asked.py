"""What an address asks of the findings: every filter, the order, the place; the same for pages, programs and exports."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field

from liveaudit.model import OPEN, FindingStatus, Severity
from liveaudit.settings import FindingSettings, SettingsError
from liveaudit.store.finding_wanted import After, Order, Wanted
from liveaudit.store.resource_tags import Tag
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.problems import Problem

DAY = 86_400.0
MOST_VALUES = 40
MOST_TAGS = 8


def _filled(given: Any) -> Any:
    """A form sends fields that were left empty too."""
    if isinstance(given, list):
        return [each for each in given if each != ""]
    return None if given == "" else given


_EMPTY = BeforeValidator(_filled)
_Days = Annotated[int, Field(ge=1, le=36_500)]
_Time = Annotated[float, Field(ge=0, le=1e11)]
_Text = Annotated[str, Query(max_length=2048)]
_Texts = Annotated[list[Annotated[str, Query(max_length=2048)]] | None, _EMPTY, Query(max_length=MOST_VALUES)]


class Which(StrEnum):
    """Statuses by word: a status, or ``open``, or ``all``."""

    OPEN = "open"
    ALL = "all"
    NEW = "new"
    REOPENED = "reopened"
    IN_REVIEW = "in review"
    RESOLVED = "resolved"
    FALSE_POSITIVE = "false positive"
    SUPPRESSED = "suppressed"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, as it was written. ``wanted``: as the store takes it."""

    wanted: Wanted
    order: Order
    after: After | None
    status: tuple[str, ...]
    service: tuple[str, ...] = ()
    framework: str = ""
    days: int | None = None
    tag: tuple[str, ...] = ()


def finding_settings(console: Console) -> FindingSettings:
    """When findings are due and what is a regression, by the settings; as it is without any where they cannot be read."""
    try:
        settings = console.settings()
    except SettingsError:
        settings = None
    return FindingSettings() if settings is None else settings.findings


def asked(
    console: ConsoleDep,
    q: Annotated[
        str, Query(max_length=500, description="Words, or their beginnings, that must all be told of it.")
    ] = "",
    status: Annotated[list[Which] | None, _EMPTY, Query(description="Default: the open ones.")] = None,
    severity: Annotated[list[Severity] | None, _EMPTY, Query()] = None,
    policy: _Texts = None,
    service: Annotated[
        list[Annotated[str, Query(max_length=64)]] | None,
        _EMPTY,
        Query(max_length=MOST_VALUES, description="As s3."),
    ] = None,
    type_name: Annotated[
        list[Annotated[str, Query(max_length=128)]] | None,
        _EMPTY,
        Query(alias="type", max_length=MOST_VALUES),
    ] = None,
    account: _Texts = None,
    region: _Texts = None,
    resource: Annotated[str, Query(max_length=2048, description="An id or ARN.")] = "",
    tag: Annotated[
        list[Annotated[str, Query(max_length=400)]] | None,
        _EMPTY,
        Query(
            max_length=MOST_TAGS,
            description="KEY or KEY=VALUE, as far as tags are read. Resources with all of them.",
        ),
    ] = None,
    owner: _Text = "",
    unowned: Annotated[bool, Query(description="Only those of nobody.")] = False,
    actor: Annotated[
        str, Query(max_length=2048, description="The ARN of who made the change that it is put down to.")
    ] = "",
    decided_by: Annotated[str, Query(max_length=200, examples=["person:ann", "exemption:7"])] = "",
    framework: Annotated[str, Query(max_length=64, description="Only policies of this framework.")] = "",
    days: Annotated[_Days | None, _EMPTY, Query(description="Opened within so many days.")] = None,
    opened_since: Annotated[_Time | None, _EMPTY, Query()] = None,
    opened_before: Annotated[_Time | None, _EMPTY, Query()] = None,
    overdue: Annotated[bool, Query(description="Open for longer than the settings allow.")] = False,
    regression: Annotated[bool, Query(description="Open again soon after it was closed.")] = False,
    sort: Annotated[Order, Query()] = Order.MOVED,
    cursor: Cursor = "",
) -> Asked:
    """A filter of findings. Raises Problem."""
    now, rules = console.clock(), finding_settings(console)
    words = tuple(each.value for each in status or ())
    types = _types(console, tuple(service or ()), tuple(type_name or ()))
    policies = _policies(console, framework, tuple(policy or ()))
    tags = _given(tag)
    if days is not None:
        opened_since = max(opened_since or 0.0, now - days * DAY)
    wanted = Wanted(
        status=_statuses(words),
        severity=tuple(each.value for each in severity or ()),
        policy=policies,
        type=types,
        account=_given(account),
        region=_given(region),
        owner=owner.strip(),
        unowned=unowned,
        actor=actor.strip(),
        decided_by=decided_by.strip(),
        resource=resource.strip(),
        tags=tuple(Tag.of(each) for each in tags),
        text=q,
        opened_since=opened_since,
        opened_before=opened_before,
        overdue=overdue,
        regression=regression,
        now=now,
        due=rules.due.seconds,
        again_within=rules.again_within,
    )
    place = read_cursor(cursor, str, float, str, str)
    if place is not None and place[0] != sort.value:
        raise Problem(
            422, "Not understood", "cursor: of another order; begin with the first page", field="cursor"
        )
    after = None if place is None else After(float(place[1]), _severity(place[2]), place[3])
    return Asked(wanted, sort, after, words, tuple(service or ()), framework, days, tags)


AskedDep = Annotated[Asked, Depends(asked)]


def next_cursor(order: Order, after: After | None) -> str | None:
    """The cursor of the page after."""
    return None if after is None else write_cursor(order.value, after.key, after.severity, after.id)


def _severity(given: str) -> str:
    if given not in set(Severity):
        raise Problem(
            422, "Not understood", "cursor: none of ours; begin with the first page", field="cursor"
        )
    return given


def _given(values: list[str] | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in values or () if each.strip())


def _statuses(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words:
        return OPEN
    if Which.ALL in words:
        return ()
    chosen = {each for each in words if each != Which.OPEN}
    if Which.OPEN in words:
        chosen |= set(OPEN)
    return tuple(each.value for each in FindingStatus if each.value in chosen)


def _types(console: Console, services: tuple[str, ...], types: tuple[str, ...]) -> tuple[str, ...]:
    services = tuple(each for each in services if each)
    types = tuple(each for each in types if each)
    for each in services:
        if each not in console.catalog.services:
            raise Problem(422, "Not understood", f"service: {each[:64]!r} is none of ours", field="service")
    of_services = {name for each in services for name in console.catalog.services[each].types}
    if not services:
        return types
    # a name that no finding has: nothing matches both
    return tuple(sorted(of_services & set(types) if types else of_services)) or ("-",)


def _policies(console: Console, framework: str, policies: tuple[str, ...]) -> tuple[str, ...]:
    policies = tuple(each.strip() for each in policies if each.strip())
    if not framework:
        return policies
    known = console.frameworks.get(framework)
    if known is None:
        raise Problem(422, "Not understood", f"there is no framework {framework[:64]!r}", field="framework")
    of_it = {name for control in known.controls.values() for name in control.policies}
    return tuple(sorted(of_it & set(policies) if policies else of_it)) or ("-",)
