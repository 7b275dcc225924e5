"""The policies: what is audited, how it is set, and what stands."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from liveaudit.audit.entries import EntryError
from liveaudit.model import Severity
from liveaudit.policies.policy import PolicyKind
from liveaudit.policies.rulebook import State
from liveaudit.reference.policy_page import WAYS
from liveaudit.reference.policy_page import told as in_words
from liveaudit.store import rules
from liveaudit.web.access.principal import Administrator, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.health.standing import slug
from liveaudit.web.paging import Cursor, read_cursor, write_cursor
from liveaudit.web.problems import Problem
from liveaudit.web.render import render
from liveaudit.web.rules import changing
from liveaudit.web.rules.forms import SettingForm, setting_fields
from liveaudit.web.rules.policies import OWN, Wanted, list_policies, whole_policy

router = APIRouter()
ROWS = 100
PolicyId = Annotated[str, Path(max_length=160)]
SettingId = Annotated[str, Path(max_length=64)]
Text = Annotated[str, Query(max_length=200)]


@router.get("/policies")
def policies(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    q: Text = "",
    service: Text = "",
    severity: Text = "",
    framework: Text = "",
    state: Text = "",
    kind: Text = "",
    cursor: Cursor = "",
) -> HTMLResponse:
    """All of them, by id."""
    after = read_cursor(cursor, str)
    found = list_policies(console, Wanted(q, service, severity, framework, state, kind))
    rest = [each for each in found if after is None or each.policy.id > after[0]]
    return render(
        request,
        "policies/page.html",
        policies=rest[:ROWS],
        number=len(found),
        settings=len(console.database.read_now(rules.list_settings)),
        next_cursor=write_cursor(rest[ROWS - 1].policy.id) if len(rest) > ROWS else None,
        first=bool(cursor),
        q=q,
        service=service,
        severity=severity,
        framework=framework,
        state=state,
        kind=kind,
        kinds=[OWN, *(each.value for each in PolicyKind)],
        services=sorted(console.catalog.services),
        **_choices(console),
    )


def _choices(console: Console) -> dict[str, Any]:
    return {
        "severities": [each.value for each in Severity],
        "states": [each.value for each in State],
        "frameworks": list(console.frameworks),
    }


@router.get("/policies/settings")
def settings(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """How policies are set, in the order in which it decides, and a form for one more."""
    return _settings(request, console, SettingForm(), [])


def _settings(
    request: Request, console: Console, form: SettingForm, wrong: list[tuple[str, str]], editing: str = ""
) -> HTMLResponse:
    return render(
        request,
        "policies/settings.html",
        status_code=422 if wrong else 200,
        settings=console.database.read_now(rules.list_settings),
        form=form,
        wrong=wrong,
        editing=editing,
        in_words=changing.in_words,
        **_choices(console),
    )


@router.post("/policies/settings")
def make(
    request: Request, console: ConsoleDep, who: Administrator, form: Annotated[SettingForm, Form()]
) -> Response:
    """Set policies."""
    try:
        changing.make_setting(console, who, form.plain())
    except EntryError as error:
        return _settings(request, console, form, list(error.wrong))
    return RedirectResponse("/policies/settings", status_code=303)


@router.get("/policies/settings/{setting}")
def edit(request: Request, console: ConsoleDep, who: Administrator, setting: SettingId) -> HTMLResponse:
    """A setting in the form."""
    return _settings(request, console, setting_fields(changing.setting_of(console, setting)), [], setting)


@router.post("/policies/settings/{setting}")
def change(
    request: Request,
    console: ConsoleDep,
    who: Administrator,
    setting: SettingId,
    form: Annotated[SettingForm, Form()],
) -> Response:
    """Let a setting say something else."""
    try:
        changing.change_setting(console, who, setting, form.plain())
    except EntryError as error:
        return _settings(request, console, form, list(error.wrong), setting)
    return RedirectResponse("/policies/settings", status_code=303)


@router.post("/policies/settings/{setting}/drop")
def drop(console: ConsoleDep, who: Administrator, setting: SettingId) -> RedirectResponse:
    """Take a setting away."""
    changing.drop_setting(console, who, setting)
    return RedirectResponse("/policies/settings", status_code=303)


@router.get("/policies/{policy}")
def policy(request: Request, console: ConsoleDep, who: Viewer, policy: PolicyId) -> HTMLResponse:
    """One policy."""
    return _policy(request, console, policy, SettingForm(), [])


def _policy(
    request: Request, console: Console, policy: str, form: SettingForm, wrong: list[tuple[str, str]]
) -> HTMLResponse:
    return render(
        request,
        "policies/policy.html",
        status_code=422 if wrong else 200,
        whole=whole_policy(console, policy),
        ways=WAYS,
        titles={
            name: {each.id: each.title for each in framework.controls.values()}
            for name, framework in console.frameworks.items()
        },
        slug=slug,
        told=in_words,
        form=form,
        wrong=wrong,
        in_words=changing.in_words,
        **_choices(console),
    )


@router.post("/policies/{policy}")
def set_policy(
    request: Request,
    console: ConsoleDep,
    who: Administrator,
    policy: PolicyId,
    form: Annotated[SettingForm, Form()],
) -> Response:
    """Set one policy, everywhere or in some places."""
    if not console.policies.named(policy):
        raise Problem(404, "No such policy", "/policies lists them")
    try:
        changing.make_setting(console, who, {**form.plain(), "policies": [policy]})
    except EntryError as error:
        return _policy(request, console, policy, form, list(error.wrong))
    return RedirectResponse(f"/policies/{policy}", status_code=303)
