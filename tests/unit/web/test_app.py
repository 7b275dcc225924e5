"""What holds for every page and every part of the API."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from liveaudit.web.access import principal
from liveaudit.web.access.guard import PUBLIC
from liveaudit.web.app import create_app
from liveaudit.web.console import Console
from liveaudit.web.paging import read_cursor, write_cursor
from liveaudit.web.problems import Problem
from tests.unit.web.conftest import Client

OPEN_TO_ALL = PUBLIC
"""Routes that ask nobody who they are."""


def _routes(app: FastAPI) -> list[APIRoute]:
    routes: tuple[APIRoute, ...] = app.state.routes
    assert {"/", "/api/v1/live"} <= {each.path for each in routes}
    return list(routes)


def test_every_route_says_whom_it_serves(console: Console) -> None:
    unguarded = [
        each.path
        for each in _routes(create_app(console))
        if each.path not in OPEN_TO_ALL
        and not any(
            getattr(one.call, "__qualname__", "").startswith("at_least.")
            for one in each.dependant.dependencies
        )
    ]
    assert unguarded == []
    assert principal.at_least(principal.Role.VIEWER).__qualname__.startswith("at_least.")


def test_no_route_that_reads_changes_and_the_other_way_round(console: Console) -> None:
    for each in _routes(create_app(console)):
        if (each.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
            assert not (each.methods or set()) & {"GET", "HEAD"}, each.path


def test_the_headers_of_every_answer(client: Client) -> None:
    for path in ("/", "/static/app.css", "/nowhere", "/api/v1/nowhere", "/openapi.json"):
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get("/").headers["Cache-Control"] == "no-store"
    assert "max-age" in client.get("/static/app.css").headers["Cache-Control"]


def test_pages_have_nothing_inline(client: Client) -> None:
    page = client.get("/").text
    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page


def test_errors_are_pages_for_people_and_problems_for_programs(client: Client) -> None:
    page = client.get("/nowhere")
    assert page.status_code == 404
    assert page.headers["Content-Type"].startswith("text/html")
    problem = client.get("/api/v1/nowhere")
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.json() == {"type": "about:blank", "title": "Not Found", "status": 404}
    wrong = client.get("/api/v1/live", params={"after": "x"})
    assert wrong.status_code == 422
    assert wrong.json()["field"] == "query.after"


def test_nobody_sees_nothing(client: Client) -> None:
    client.as_nobody()
    assert client.get("/api/v1/live").status_code == 401
    assert "Open findings" not in client.get("/").text


def test_cursors_come_back_as_they_were_and_nothing_else_is_taken() -> None:
    made = write_cursor(1.5, "a/é", 3)
    assert read_cursor(made, float, str, int) == (1.5, "a/é", 3)
    assert read_cursor("", str) is None
    for wrong in ("!!", "bm9uZQ", write_cursor("a"), write_cursor(1, "a"), "a" * 5000):
        with pytest.raises(Problem):
            read_cursor(wrong, str, str)
    for unstorable in ("a\0", "\ud800", 2**63, float("nan")):
        with pytest.raises(Problem):
            read_cursor(write_cursor(unstorable), type(unstorable))


def test_the_openapi_document_is_served(client: Client) -> None:
    document = client.get("/openapi.json").json()
    assert document["info"]["title"] == "liveaudit"
    assert all(path.startswith("/api/v1/") for path in document["paths"])


def test_the_first_page_tells_figures_and_its_part_for_htmx(client: Client) -> None:
    page = client.get("/")
    assert "Nothing is set up yet" in page.text
    part = client.get("/", headers={"HX-Request": "true"}).text
    assert "Open findings" in part
    assert "<html" not in part
