"""Answers that begin or end a session, and the visit before it."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from liveaudit.web.access.cookies import SESSION, VISIT, cookie_name, drop_cookie, read_cookie, set_cookie
from liveaudit.web.access.reach import Reach
from liveaudit.web.access.secret_words import derived, digest, new_secret
from liveaudit.web.access.sign_in import Visitor, safe_next


def reach_of(request: Request) -> Reach:
    """How the console is reached."""
    reach: Reach = request.app.state.reach
    return reach


def host_of(request: Request) -> str:
    """The host that a request names; the gate has looked at it."""
    return request.headers.get("Host", "")


def visitor_of(request: Request) -> Visitor:
    """Who wants to sign in, and the session that the browser has already."""
    name = cookie_name(SESSION, reach_of(request), host_of(request))
    former = read_cookie(request.headers.get("Cookie", ""), name)
    return Visitor(
        request.state.address, request.headers.get("User-Agent", ""), digest(former) if former else ""
    )


def begin_visit(request: Request) -> str:
    """The secret of the visit; a new one when the browser has none. Forms on the page get the token that belongs to it."""
    visit: str = request.state.visit or new_secret()
    if not request.state.csrf:
        request.state.csrf = derived(visit, "csrf")
    return visit


def keep_visit(response: Response, request: Request, visit: str) -> None:
    """Have the browser keep the visit."""
    set_cookie(response, VISIT, visit, reach_of(request), host_of(request))


def signed_in(request: Request, secret: str, wanted: str) -> Response:
    """The browser gets its session, and goes on to the page that was wanted."""
    response = RedirectResponse(safe_next(wanted), 303)
    set_cookie(response, SESSION, secret, reach_of(request), host_of(request))
    drop_cookie(response, VISIT, reach_of(request), host_of(request))
    return response


def signed_out(request: Request) -> Response:
    """The browser forgets its session; of our pages it has kept nothing."""
    response = RedirectResponse("/sign-in", 303)
    drop_cookie(response, SESSION, reach_of(request), host_of(request))
    return response


def own_address(request: Request) -> str:
    """Where who asks reaches the console."""
    return reach_of(request).own_origin(host_of(request))
