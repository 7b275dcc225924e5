"""The operations of a service's API, from botocore's models."""

from __future__ import annotations

from collections.abc import Iterable

import botocore.session

from liveaudit.catalog.types import Service

_READS = (
    "BatchGet",
    "BatchDescribe",
    "Check",
    "Describe",
    "Estimate",
    "Get",
    "Head",
    "List",
    "Lookup",
    "Preview",
    "Query",
    "Scan",
    "Search",
    "Select",
    "Simulate",
    "Validate",
    "Verify",
)
"""How the names of operations begin that change nothing."""


def unlisted_operations(services: Iterable[Service]) -> dict[str, list[str]]:
    """By service the operations that may change something and that its table neither maps nor ignores."""
    loader = botocore.session.get_session().get_component("data_loader")
    found: dict[str, list[str]] = {}
    for service in services:
        known = service.ignored.keys() | {event for each in service.types.values() for event in each.changes}
        clients = {service.client} | {each.client for each in service.types.values()}
        names = {
            name
            for client in clients
            for name in loader.load_service_model(client, "service-2")["operations"]
            if not name.startswith(_READS)
        }
        found[service.name] = sorted(names - known)
    return found
