"""All pages of a console, found by going from link to link: a few addresses for each kind of page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx
from fastapi.routing import APIRoute
from starlette.routing import Match

OPENED_OF_A_KIND = 4
"""Pages of one kind that are opened to look for links."""


@dataclass
class Found:
    """What a crawl found. ``pages``: the path of a route to addresses of it that are pages; ``others``: the routes that
    answered with something else, or to a page's own parts; ``broken``: links that lead nowhere, with where they stand."""

    pages: dict[str, list[str]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.found.append((str(given["href"]), False))
        if tag == "form" and (given.get("method") or "get").lower() == "get" and given.get("action"):
            self.found.append((str(given["action"]), False))
        for name in ("hx-get", "data-get"):
            if given.get(name):
                self.found.append((str(given[name]), True))


def crawl(
    client: httpx.Client,
    given: Iterable[APIRoute],
    look: Callable[[str, str], None] = lambda _address, _text: None,
    most: int = OPENED_OF_A_KIND,
) -> Found:
    """Go from page to page, beginning at the first. ``look`` is given each page, with its address."""
    found, routes = Found(), tuple(given)
    waiting: deque[tuple[str, bool, str]] = deque([("/", False, "")])
    seen: set[str] = {"/"}
    opened: dict[str, int] = {}
    while waiting:
        address, part, on = waiting.popleft()
        route = _route_of(routes, urlsplit(address).path)
        if route is None:
            found.broken.append(f"{address} (on {on}): nothing answers there")
            continue
        if opened.get(route.path, 0) >= most:
            continue
        opened[route.path] = opened.get(route.path, 0) + 1
        answer = client.get(address, headers={"HX-Request": "true"} if part else {})
        if answer.status_code >= 400:
            found.broken.append(f"{address} (on {on}): {answer.status_code}")
            continue
        if part or not answer.headers.get("content-type", "").startswith("text/html"):
            found.others.add(route.path)
            if not part:
                continue
        else:
            found.pages.setdefault(route.path, []).append(address)
        look(address, answer.text)
        for link, is_part in _links(address, answer.text):
            if link not in seen:
                seen.add(link)
                waiting.append((link, is_part, address))
    found.others -= found.pages.keys()
    return found


def _links(address: str, text: str) -> list[tuple[str, bool]]:
    parser = _Links()
    parser.feed(text)
    links = [(urldefrag(urljoin(address, link)).url, part) for link, part in parser.found]
    inside = ("/static/", "/api/", "/openapi.json")
    return [(link, part) for link, part in links if link.startswith("/") and not link.startswith(inside)]


def _route_of(routes: Sequence[APIRoute], path: str) -> APIRoute | None:
    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    return next((route for route in routes if route.matches(scope)[0] == Match.FULL), None)
