"""The API of policies: what is audited, how it is set, and what stands."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from liveaudit.audit.entries import EntryError
from liveaudit.store import rules
from liveaudit.web.access.principal import Administrator, Viewer
from liveaudit.web.console import ConsoleDep
from liveaudit.web.paging import Cursor, Limit, Page, read_cursor, write_cursor
from liveaudit.web.rules import changing
from liveaudit.web.rules.models import SettingAnswer, SettingGiven, SeverityName, StateName, setting_told
from liveaudit.web.rules.policies import Listed, Wanted, list_policies, whole_policy

router = APIRouter(prefix="/api/v1", tags=["policies"])
PolicyId = Annotated[str, Path(max_length=160, description="The policy's id.")]
SettingId = Annotated[str, Path(max_length=64, description="The setting's id.")]


class PolicyAnswer(BaseModel):
    """A policy, how it is set where nothing narrower is said, and how its verdicts and findings stand."""

    id: str = Field(examples=["s3_bucket_public_access"])
    title: str
    service: str
    types: list[str]
    severity: SeverityName = Field(description="As it is set.")
    own_severity: SeverityName = Field(description="As it is by itself.")
    state: StateName
    parameters: dict[str, Any] = Field(description="What is set of its parameters.")
    narrower: int = Field(description="How many settings concern it in some places only.")
    passing: int
    failing: int
    unknown: int
    findings: int = Field(description="Open ones.")
    kind: str = Field(
        description="By what it judges; all but built-in are your own.", examples=["built-in", "cel"]
    )
    origin: str = Field(description="The file or package that one of your own comes from.")
    unhealthy: list[str] = Field(description="The mistakes in that file, and what they mean for it.")


class WholePolicy(PolicyAnswer):
    """All that is known of a policy."""

    facts: dict[str, Any] = Field(
        description="Texts, remedies, parameters, sections, calls, events, frameworks."
    )
    settings: list[SettingAnswer] = Field(
        description="Those that concern it; the last that says something counts."
    )
    exemptions: list[str] = Field(description="The ids of those that concern it.")


def told(each: Listed) -> PolicyAnswer:
    """A policy as the API tells it."""
    return PolicyAnswer(
        id=each.policy.id,
        title=each.policy.title,
        service=each.policy.service,
        types=list(each.types),
        severity=each.ruling.severity.value,
        own_severity=each.policy.severity.value,
        state=each.ruling.state.value,
        parameters={
            name: list(value) if isinstance(value, tuple) else value
            for name, value in each.ruling.values.items()
        },
        narrower=each.narrower,
        passing=each.number("PASS"),
        failing=each.number("FAIL"),
        unknown=each.number("UNKNOWN"),
        findings=each.tally.findings,
        kind=each.policy.kind.value,
        origin=each.policy.origin,
        unhealthy=list(each.wrong),
    )


@router.get("/policies")
def policies(
    console: ConsoleDep,
    who: Viewer,
    q: Annotated[str, Query(max_length=200, description="Words of its id, title or types.")] = "",
    service: Annotated[str, Query(max_length=64)] = "",
    severity: SeverityName | None = None,
    framework: Annotated[str, Query(max_length=100)] = "",
    state: StateName | None = None,
    kind: Annotated[
        str, Query(max_length=20, description="By what it judges, as cel; own: all but the built-in ones.")
    ] = "",
    cursor: Cursor = "",
    limit: Limit = 100,
) -> Page[PolicyAnswer]:
    """The policies, by id."""
    after = read_cursor(cursor, str)
    wanted = Wanted(q, service, severity or "", framework, state or "", kind)
    found = [each for each in list_policies(console, wanted) if after is None or each.policy.id > after[0]]
    items = [told(each) for each in found[:limit]]
    return Page(items=items, next=write_cursor(items[-1].id) if len(found) > limit else None)


@router.get("/policies/{policy}")
def policy(console: ConsoleDep, who: Viewer, policy: PolicyId) -> WholePolicy:
    """One policy."""
    whole = whole_policy(console, policy)
    return WholePolicy(
        **told(whole.listed).model_dump(),
        facts=whole.facts.plain(),
        settings=[setting_told(each) for each in whole.settings],
        exemptions=[each.id for each in whole.exemptions],
    )


@router.get("/policy-settings")
def settings(console: ConsoleDep, who: Viewer) -> Page[SettingAnswer]:
    """How policies are set, all in one page, in their order: first the settings file's. The last one counts."""
    found = console.database.read_now(rules.list_settings)
    return Page(items=[setting_told(each) for each in found], next=None)


@router.post("/policy-settings", status_code=201)
def make(console: ConsoleDep, who: Administrator, given: SettingGiven) -> SettingAnswer:
    """Set policies. It decides before all that was set earlier; workers judge by it within seconds."""
    try:
        return setting_told(changing.make_setting(console, who, given.plain()))
    except EntryError as error:
        raise changing.refused(error) from error


@router.put("/policy-settings/{setting}")
def change(console: ConsoleDep, who: Administrator, setting: SettingId, given: SettingGiven) -> SettingAnswer:
    """Let a setting say something else; it stays where it stands in the order."""
    try:
        return setting_told(changing.change_setting(console, who, setting, given.plain()))
    except EntryError as error:
        raise changing.refused(error) from error


@router.delete("/policy-settings/{setting}", status_code=204)
def drop(console: ConsoleDep, who: Administrator, setting: SettingId) -> None:
    """Take a setting away: what was set before it, or nothing, counts again."""
    changing.drop_setting(console, who, setting)
