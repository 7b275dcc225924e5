"""Our two cookies: of the session, and of a visit that is not signed in yet."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.responses import Response

from liveaudit.store.console_sessions import LONGEST
from liveaudit.web.access.reach import Reach
from liveaudit.web.access.secret_words import looks_like_secret

SESSION = "session"
VISIT = "visit"
_VISIT_HOLDS = 3600
_LONGEST_HEADER = 8192


def cookie_name(kind: str, reach: Reach, host: str) -> str:
    """What the cookie is called. Browsers hold cookies apart by host, not by port, so the port is in the name.

    By TLS the name has a prefix with which browsers let no other host and no clear text set it.
    """
    if reach.secure:
        return f"__Host-liveaudit_{kind}"
    try:
        port = urlsplit(f"//{host}").port or 80
    except ValueError:
        port = 80
    return f"liveaudit_{kind}_{port}"


def read_cookie(header: str, name: str) -> str:
    """The cookie's value; empty when there is none, or none of ours."""
    if len(header) > _LONGEST_HEADER:
        return ""
    # one at a time, so that another's odd cookie does not hide ours
    for part in header.split(";"):
        if part.strip().partition("=")[0] != name:
            continue
        try:
            found = SimpleCookie(part.strip()).get(name)
        except CookieError:
            continue
        if found is not None and looks_like_secret(found.value):
            return found.value
    return ""


def set_cookie(response: Response, kind: str, value: str, reach: Reach, host: str) -> None:
    """Have the browser keep it."""
    response.set_cookie(
        cookie_name(kind, reach, host),
        value,
        max_age=int(LONGEST) if kind == SESSION else _VISIT_HOLDS,
        httponly=True,
        secure=reach.secure,
        # a provider's way back comes from elsewhere, which a strict cookie would not be sent with
        samesite="lax",
        path="/",
    )


def drop_cookie(response: Response, kind: str, reach: Reach, host: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(
        cookie_name(kind, reach, host), httponly=True, secure=reach.secure, samesite="lax", path="/"
    )
