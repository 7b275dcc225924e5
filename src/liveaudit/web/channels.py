"""Channels and routes for the console: the plan that counts, and routes set, taken away and put down in the audit log."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from liveaudit.deliver.channels.interface import ChannelError, Message
from liveaudit.deliver.interface import Library
from liveaudit.deliver.plan import Line, Plan, plan_of
from liveaudit.deliver.plans import routes_of
from liveaudit.deliver.routing import Router
from liveaudit.deliver.telling import sample
from liveaudit.deliver.trying import message_of, preview
from liveaudit.provision.known import everything_known
from liveaudit.settings import Settings, SettingsError, parse
from liveaudit.settings.written import plain_of
from liveaudit.store import audit_log, console_routes, deliveries
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem

MOST_ROUTES = 200
MOST_RESENT = 500


class RouteError(Exception):
    """A route cannot be set; ``wrong``: the fields, with what is wrong in words."""

    def __init__(self, wrong: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in wrong))
        self.wrong = wrong


def usable_settings(console: Console) -> tuple[Settings | None, str]:
    """The settings, or None and why there are none that can be used."""
    try:
        return console.settings(), ""
    except SettingsError as error:
        return None, str(error)


def plan_here(console: Console) -> Plan:
    """The plan that counts: empty as long as the settings cannot be used."""
    settings, _ = usable_settings(console)
    if settings is None:
        return Plan()
    return plan_of(settings, routes_of(console.database.read_now(console_routes.list_routes)))


def router_of(console: Console) -> Router:
    """What holds findings against the routes."""
    return Router(console.policies, console.catalog)


def line_of(console: Console, name: str) -> tuple[Plan, Line]:
    """A channel with the plan it stands in. Raises Problem."""
    plan = plan_here(console)
    if name not in plan.lines:
        raise Problem(404, "No such channel", "the settings file names the channels")
    return plan, plan.lines[name]


def preview_of(console: Console, name: str, finding: str) -> str:
    """What a channel would send of the finding whose id begins so, or as a test; nothing is sent. Raises Problem."""
    plan, line = line_of(console, name)
    library, now = Library(console.policies), console.clock()
    message: Message | None = (
        console.database.read_now(lambda c: message_of(c, finding, plan, library, now))
        if finding
        else sample(plan, library, now, "preview")
    )
    if message is None:
        raise Problem(404, "No such finding", "no finding's id begins so, or several do", field="finding")
    try:
        return preview(line, message)
    except ChannelError as error:
        raise Problem(409, "It cannot be made", f"{name}: {error.reason}") from error


def add_route(console: Console, who: Principal, given: Mapping[str, Any]) -> str:
    """Set a route as the last one; returns its id. Raises RouteError and Problem."""
    settings, why = usable_settings(console)
    if settings is None:
        raise Problem(409, "No settings that can be used", why or "the set-up writes them")
    body = {name: value for name, value in given.items() if value}
    if len(console.database.read_now(console_routes.list_routes)) >= MOST_ROUTES:
        raise Problem(409, "Too many routes", f"the console holds {MOST_ROUTES}; take some away")
    try:
        parse({**plain_of(settings), "routes": [body]}, known=everything_known())
    except SettingsError as error:
        raise RouteError([(_field(each.field), each.text) for each in error.mistakes]) from error
    made = uuid.uuid4().hex[:12]
    now = console.clock()
    write = partial(console_routes.add_route, route_id=made, body=body, by=who.name, now=now)
    entry = who.entry("route.set", made, str(body))
    console.database.write_now(audit_log.noted(write, entry, now))
    return made


def _field(given: str) -> str:
    return given.removeprefix("routes[0].").removeprefix("routes[0]")


def drop_route(console: Console, who: Principal, route: str) -> None:
    """Take a route of the console away. Raises Problem."""
    dropped = console.database.write_now(partial(console_routes.drop_route, route_id=route))
    if dropped is None:
        raise Problem(
            404, "No such route", "it may have been taken away; those of the settings file are changed there"
        )
    console.log_change(who, "route.drop", route, str(dict(dropped.body)))


def resend(console: Console, who: Principal, ids: list[str]) -> int:
    """Have messages that were given up tried again; returns how many."""
    now = console.clock()
    done = console.database.write_now(partial(deliveries.resend, ids=ids[:MOST_RESENT], now=now))
    if done:
        console.log_change(who, "channel.resend", ", ".join(done)[:500], f"{len(done)} messages")
    return len(done)
