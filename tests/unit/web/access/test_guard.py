"""Nobody unnamed comes in, and no other site's page changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from fastapi.routing import APIRoute

from liveaudit.store import console_sessions
from liveaudit.web.access.cookies import SESSION, VISIT, cookie_name, read_cookie
from liveaudit.web.access.gate import MOST_SENT_BY_NOBODY, Gate
from liveaudit.web.access.guard import PUBLIC
from liveaudit.web.access.reach import Reach, make_reach
from liveaudit.web.access.secret_words import digest, new_secret
from liveaudit.web.app import create_app
from liveaudit.web.console import Console
from tests.support.signing_in import sign_in
from tests.unit.web.conftest import Client

LOCAL = cookie_name(SESSION, Reach(), "127.0.0.1")


def test_without_a_session_no_route_answers(client: Client, console: Console) -> None:
    client.as_nobody()
    client.follow_redirects = False
    asked = 0
    for route in create_app(console).state.routes:
        assert isinstance(route, APIRoute)
        if route.path in PUBLIC:
            continue
        path = route.path
        for name in route.param_convertors:
            path = path.replace(f"{{{name}}}", "1").replace(f"{{{name}:path}}", "1")
            path = path.replace(f"{{{name}:uuid}}", "00000000-0000-4000-8000-000000000001")
        for method in route.methods or ():
            answer = client.request(method, path)
            asked += 1
            if answer.status_code == 303:
                assert answer.headers["Location"].startswith("/sign-in"), path
            else:
                # 422: what is wrong with the request is told first, which tells nothing of the store
                assert answer.status_code in (401, 422), f"{method} {path}: {answer.status_code}"
    assert asked > 3


def test_whom_nobody_knows_is_led_to_the_sign_in_and_back(client: Client) -> None:
    client.as_nobody()
    client.follow_redirects = False
    page = client.get("/?status=open&q=a b")
    assert page.headers["Location"] == "/sign-in?next=%2F%3Fstatus%3Dopen%26q%3Da%2520b"
    part = client.get("/", headers={"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1/?a=1"})
    assert part.status_code == 401
    assert part.headers["HX-Redirect"] == "/sign-in?next=%2F%3Fa%3D1"
    stream = client.get("/live", headers={"Accept": "text/event-stream"})
    assert stream.status_code == 401
    program = client.get("/api/v1/live")
    assert program.status_code == 401
    assert program.headers["WWW-Authenticate"] == "Bearer"


def test_a_change_needs_the_token_of_our_pages(client: Client) -> None:
    client.follow_redirects = False
    token = client.headers.pop("X-CSRF-Token")
    for field in ("", "wrong", token[:-1], token.upper()):
        assert client.post("/sign-out", data={"csrf": field}).status_code == 403, field
    assert (
        client.post("/sign-out", headers={"X-CSRF-Token": "wrong"}, data={"csrf": token}).status_code == 403
    )
    assert client.post("/sign-out", data={"csrf": token}).status_code == 303


def test_a_token_of_another_session_does_not_do(client: Client, console: Console) -> None:
    other = sign_in(console.database, "eve", "viewer", console.clock())
    assert client.post("/sign-out", headers={"X-CSRF-Token": other.csrf}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8431"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "x"},
    ],
)
def test_a_change_from_elsewhere_is_refused_even_with_the_token(
    client: Client, headers: dict[str, str]
) -> None:
    assert client.post("/sign-out", headers=headers).status_code == 403


def test_a_change_from_here_is_taken(client: Client) -> None:
    client.follow_redirects = False
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/sign-out", headers=headers).status_code == 303


def test_other_names_for_this_machine_get_nothing(client: Client) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        for path in ("/", "/static/app.css", "/api/v1/live"):
            assert client.get(path, headers={"Host": host}).status_code == 421


def test_what_nobody_sends_is_not_read_to_its_end(client: Client) -> None:
    client.as_nobody()
    much = b"x" * (MOST_SENT_BY_NOBODY + 1)
    assert client.post("/sign-in", content=much).status_code == 413
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    parts = iter([b"name=a&password=", much])
    assert client.post("/sign-in", content=parts, headers=form).status_code in (400, 413)
    assert client.post("/sign-in", content=b"x", headers={"Content-Length": "-1"}).status_code == 413


def test_cookies_that_are_none_of_ours(client: Client) -> None:
    held = client.cookies[LOCAL]
    client.as_nobody()
    client.follow_redirects = False

    def status(cookie: str) -> int:
        return client.get("/", headers={"Cookie": cookie}).status_code

    assert status(f"{LOCAL}={held}") == 200
    # another's odd cookie beside ours does not hide it
    assert status(f'odd="a;b\\"; [x]=1; {LOCAL}={held}; =; ;;') == 200
    assert status(f"{LOCAL}={new_secret()}") == 303
    assert status(f"{LOCAL}={held[:-1]}") == 303
    assert status(f"{LOCAL}={held}x") == 303
    assert status(f"{LOCAL}=' OR 1=1 --") == 303
    assert status(f"x={'a' * 9000}; {LOCAL}={held}") == 303
    assert read_cookie("a=\x00; b", "b") == ""


def test_by_tls_cookies_are_for_this_host_and_tls_alone(console: Console) -> None:
    reach = make_reach("https://audit.example.com", [])
    with Client(create_app(console, reach), base_url="https://audit.example.com") as browser:
        page = browser.get("/sign-in")
        cookie = page.headers["Set-Cookie"]
        assert cookie.startswith("__Host-liveaudit_visit=")
        for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert cookie_name(VISIT, Reach(), "127.0.0.1:8430") == "liveaudit_visit_8430"


def test_sessions_end_when_idle_when_old_and_with_their_user(client: Client, console: Console) -> None:
    database, now = console.database, console.clock()
    made = sign_in(database, "ben", "viewer", now)
    key = digest(made.secret)

    def known(at: float) -> bool:
        return database.read_now(lambda c: console_sessions.find(c, key, at)) is not None

    assert known(now + console_sessions.IDLE - 1)
    assert not known(now + console_sessions.IDLE)
    for hours in range(10, 7 * 24, 10):
        at = now + hours * 3600
        database.write_now(partial(console_sessions.touch, digest=key, now=at))
    assert known(now + console_sessions.LONGEST - 1)
    assert not known(now + console_sessions.LONGEST)


def test_a_stream_ends_with_its_session(console: Console) -> None:
    made = sign_in(console.database, "ben", "viewer", console.clock())
    router = APIRouter()

    @router.get("/endless")
    async def endless() -> StreamingResponse:
        async def events() -> AsyncIterator[bytes]:
            for number in range(1000):
                if number == 3:
                    await console.database.write(lambda c: console_sessions.end(c, digest(made.secret)))
                yield b"data: secret\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    app = FastAPI()
    app.include_router(router)
    ticks = iter(range(10_000_000))
    gate = Gate(app, console, Reach(), look_again=0.5, ticks=lambda: float(next(ticks)))
    sent: list[dict[str, object]] = []

    async def asked() -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "GET",
            "path": "/endless",
            "raw_path": b"/endless",
            "query_string": b"",
            "headers": [(b"host", b"127.0.0.1"), (b"cookie", f"{LOCAL}={made.secret}".encode())],
            "client": ("127.0.0.1", 1),
        }

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: object) -> None:
            assert isinstance(message, dict)
            sent.append(message)

        await gate(scope, receive, send)

    asyncio.run(asked())
    told = [each for each in sent if each.get("body")]
    assert len(told) == 3
    assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
