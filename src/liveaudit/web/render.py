"""Templates to pages. Whatever a template writes is escaped, and its odd characters are shown, without being asked."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from liveaudit import __version__
from liveaudit.text import ago, duration, iso, short_principal, shown

_HARMLESS = "\n\t"
NAVIGATION = (
    ("Overview", "/", "home"),
    ("Findings", "/findings", "alert-triangle"),
    ("Resources", "/resources", "box"),
    ("Policies", "/policies", "shield-check"),
    ("Frameworks", "/frameworks", "certificate"),
    ("Exemptions", "/exemptions", "shield-off"),
    ("Channels", "/channels", "bell"),
    ("Accounts", "/accounts", "building"),
    ("Quarantine", "/quarantine", "biohazard"),
    ("System", "/system", "activity"),
    ("Set-up", "/setup", "tool"),
)
"""The console's main pages: name, path, icon. One that nothing serves is not shown."""
_OF_ADMINISTRATORS = (("Users", "/users", "users"), ("Audit log", "/audit-log", "history"))


def _finished(value: Any) -> Any:
    # what a template made itself is Markup, and is left alone
    return shown(value, keep=_HARMLESS) if isinstance(value, str) and not isinstance(value, Markup) else value


def _count(number: int) -> str:
    return f"{number:,}"


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True, default=str)


def _with(request: Request, **changes: Any) -> str:
    """This page's address with some of its query changed; None takes a key away, a list repeats it."""
    query = {key: request.query_params.getlist(key) for key in request.query_params}
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]
    encoded = urlencode([(key, each) for key, values in query.items() for each in values])
    return request.url.path + (f"?{encoded}" if encoded else "")


def _address(query: Mapping[str, Any]) -> str:
    """Values as they stand in an address; a list repeats its key."""
    return urlencode(query, doseq=True)


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("liveaudit.web"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finished,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        address=_address,
        ago=ago,
        count=_count,
        duration=duration,
        iso=iso,
        pretty=_pretty,
        short_principal=short_principal,
        shown=shown,
        json=json.dumps,
    )
    made.globals.update(with_query=_with, version=__version__)
    return made


_TEMPLATES = _environment()


def render(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page from a template, with what every page has at hand: ``request``, ``who``, ``now``, ``navigation``."""
    state = request.app.state
    who = getattr(request.state, "principal", None)
    pages = NAVIGATION + (_OF_ADMINISTRATORS if who and who.role == "administrator" else ())
    made = _TEMPLATES.get_template(template).render(
        request=request,
        who=who,
        now=state.console.clock() if status_code < 500 else time.time(),
        navigation=[each for each in pages if each[1] in state.paths],
        csrf=getattr(request.state, "csrf", ""),
        **context,
    )
    return HTMLResponse(made, status_code, headers=dict(headers or {}))


def is_part(request: Request) -> bool:
    """Whether htmx asks for a part of a page, rather than for the page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
