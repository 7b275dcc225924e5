"""What every handler is guarded by: nobody comes in unnamed, and no other site's page changes anything.

A change that comes with a cookie needs three things: a session, an origin that is ours as far as the browser tells it, and
the token that only our own pages know. What comes with a token for programs needs none of it: no browser adds one by itself.
"""

from __future__ import annotations

from fastapi import Request

from liveaudit.web.access.principal import not_signed_in, principal_of
from liveaudit.web.access.reach import Reach
from liveaudit.web.access.secret_words import same
from liveaudit.web.problems import Problem

PUBLIC = frozenset(
    {
        "/sign-in",
        "/sign-in/link",
        "/sign-in/provider",
        "/sign-in/callback",
    }
)
"""Paths that ask nobody who they are."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD, HEADER = "csrf", "X-CSRF-Token"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


async def guard(request: Request) -> None:
    """Raise Problem for a request that is not let in."""
    if request.state.trouble is not None:
        raise request.state.trouble
    principal = principal_of(request)
    if principal is None and request.url.path not in PUBLIC:
        raise not_signed_in()
    if request.method in _SAFE or (principal is not None and principal.kind == "token"):
        return
    reach: Reach = request.app.state.reach
    _check_origin(request, reach)
    given = request.headers.get(HEADER, "")
    if not given and request.headers.get("Content-Type", "").lower().startswith(_FORMS):
        field = (await request.form()).get(FIELD, "")
        given = field if isinstance(field, str) else ""
    if not request.state.csrf or not same(given, request.state.csrf):
        raise Problem(
            403,
            "Not from this page",
            "the page that sent this is too old or is none of ours: go back, load it again and send it once more",
            field=FIELD,
        )


def _check_origin(request: Request, reach: Reach) -> None:
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site not in ("same-origin", "none"):
        raise _elsewhere()
    if origin is not None and not reach.same_origin(origin, request.headers.get("Host", "")):
        raise _elsewhere()


def _elsewhere() -> Problem:
    return Problem(
        403, "Not from this page", "this was sent by a page of another site, which may change nothing here"
    )
