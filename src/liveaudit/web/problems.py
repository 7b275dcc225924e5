"""Errors as answers: problem details for programs (RFC 9457), a page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from liveaudit.model import LiveauditError
from liveaudit.store.engines import StoreUnavailableError
from liveaudit.web.render import render

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
SIGN_IN = "/sign-in"
_MOST_ERRORS = 20
_TEXTS = {"type": "string"}
ANSWERS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "Why it is not answered so: problem details (RFC 9457).",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "title": "Problem",
                    "type": "object",
                    "required": ["type", "title", "status"],
                    "properties": {
                        "type": _TEXTS,
                        "title": _TEXTS,
                        "status": {"type": "integer"},
                        "detail": {**_TEXTS, "description": "What to do."},
                        "field": {**_TEXTS, "description": "Which part of the request is wrong."},
                        "errors": {
                            "type": "array",
                            "items": {"type": "object", "properties": {"field": _TEXTS, "detail": _TEXTS}},
                        },
                    },
                }
            }
        },
    }
}
"""How the description of the API tells errors: of every operation, in the same words."""


class Problem(LiveauditError):  # noqa: N818 - RFC 9457's word
    """A request cannot be answered as asked. ``detail`` says what to do; ``field``: which part of the request is wrong."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        field: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or title)
        self.status, self.title, self.detail, self.field = status, title, detail, field
        self.headers = dict(headers or {})


def answers_programs(request: Request) -> bool:
    """Whether whoever asks wants problem details rather than a page."""
    return request.url.path.startswith(("/api/", "/openapi.json"))


def to_sign_in(request: Request) -> Response | None:
    """Whom nobody knows goes to the sign-in, and comes back from there; None: that would be of no use."""
    if request.method not in ("GET", "HEAD") or "text/event-stream" in request.headers.get("Accept", ""):
        return None
    whole = request.headers.get("HX-Request") == "true"
    wanted = urlsplit(request.headers.get("HX-Current-URL", "")) if whole else request.url
    page = wanted.path + (f"?{wanted.query}" if wanted.query else "")
    address = SIGN_IN if page in ("", "/") else f"{SIGN_IN}?{urlencode({'next': page})}"
    if whole:
        return Response(status_code=401, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _told(request: Request, problem: Problem, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    if not answers_programs(request):
        elsewhere = to_sign_in(request) if problem.status == 401 and request.url.path != SIGN_IN else None
        if elsewhere is not None:
            return elsewhere
        return render(
            request,
            "error.html",
            status_code=problem.status,
            headers=problem.headers,
            problem=problem,
            errors=errors,
        )
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    if problem.detail:
        body["detail"] = problem.detail
    if problem.field:
        body["field"] = problem.field
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, problem.status, headers=problem.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error of the application answered this way."""

    @app.exception_handler(Problem)
    def problem(request: Request, error: Problem) -> Response:
        return _told(request, error)

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        title = HTTPStatus(error.status_code).phrase
        detail = "" if error.detail == title else str(error.detail)
        return _told(request, Problem(error.status_code, title, detail, headers=error.headers))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        errors = [
            {"field": ".".join(str(part) for part in each["loc"]), "detail": str(each["msg"])}
            for each in error.errors()[:_MOST_ERRORS]
        ]
        told = "; ".join(f"{each['field']}: {each['detail']}" for each in errors)
        field = errors[0]["field"] if errors else ""
        return _told(request, Problem(422, "Not understood", told, field=field), errors)

    @app.exception_handler(StoreUnavailableError)
    def away(request: Request, error: StoreUnavailableError) -> Response:
        return _told(
            request, Problem(503, "The store does not answer", str(error), headers={"Retry-After": "5"})
        )

    @app.exception_handler(Exception)
    def fault(request: Request, error: Exception) -> Response:
        log.error("a request failed by a fault of ours", path=request.url.path, exc_info=error)
        return _told(request, Problem(500, "A fault of ours", "it is in the log; please report it"))
