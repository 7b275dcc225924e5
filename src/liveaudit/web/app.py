"""The application: every page and every part of the API, registered by itself."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles

from liveaudit import __version__
from liveaudit.web import api, pages, problems
from liveaudit.web.access.gate import Gate
from liveaudit.web.access.guard import guard
from liveaudit.web.access.passwords import Passwords
from liveaudit.web.access.reach import Reach
from liveaudit.web.console import Console
from liveaudit.web.counting import Counting
from liveaudit.web.headers import SecurityHeaders
from liveaudit.web.running import runner_of

STATIC = Path(__file__).parent / "static"
_DESCRIPTION = """
Everything the console does. Lists come in pages: `next` is the cursor of the one after. Errors are problem details
(RFC 9457). Times are Unix seconds, in UTC.
"""


def create_app(console: Console, reach: Reach | None = None, passwords: Passwords | None = None) -> FastAPI:
    """The console as an ASGI application. ``reach``: how it is reached; None: from this machine only.

    Every handler is guarded: who is not signed in comes no further than the sign-in.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await console.hub.close()
        await runner_of(console).close()

    app = FastAPI(
        title="liveaudit",
        version=__version__,
        description=_DESCRIPTION,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.console = console
    app.state.reach = reach or Reach()
    app.state.passwords = passwords or Passwords()
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Gate, console=console, reach=app.state.reach)
    app.add_middleware(SecurityHeaders, secure=app.state.reach.secure)
    app.add_middleware(Counting, requests=console.requests)
    problems.install(app)
    app.router.routes += _guarded_routes()
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.state.routes = tuple(_routes(*_routers(api), *_routers(pages)))
    app.state.paths = frozenset(each.path for each in app.state.routes)
    return app


@lru_cache(maxsize=1)
def _guarded_routes() -> tuple[BaseRoute, ...]:
    """Every route, each behind the guard. Made once: FastAPI reads the signature of every handler, which takes a while."""
    made = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(guard)],
        responses=problems.ANSWERS,
    )
    for router in _routers(api):
        made.include_router(router)
    for router in _routers(pages):
        made.include_router(router, include_in_schema=False)
    return tuple(made.router.routes)


def _routers(package: ModuleType) -> Iterator[APIRouter]:
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda each: each.name):
        router = importlib.import_module(f"{package.__name__}.{found.name}").router
        if not isinstance(router, APIRouter):
            raise TypeError(f"{found.name} has no router")
        yield router


def _routes(*routers: APIRouter) -> Iterator[APIRoute]:
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise TypeError(f"{route} is of another kind")
            yield route
