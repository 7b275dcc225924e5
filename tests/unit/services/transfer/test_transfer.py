"""Transfer Family: its policy, and which server an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.transfer.resources import server
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
ID = "s-01234567890abcdef"


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ({"Protocols": ["SFTP"]}, Outcome.PASS),
        ({"Protocols": ["FTPS", "AS2"]}, Outcome.PASS),
        ({"Protocols": ["FTP"]}, Outcome.FAIL),
        ({"Protocols": ["SFTP", "FTP"]}, Outcome.FAIL),
        ({"Protocols": []}, Outcome.UNKNOWN),
        ({}, Outcome.UNKNOWN),
        ({"Protocols": "FTP"}, Outcome.UNKNOWN),
    ],
)
def test_protocols(judged: Judged, given: Any, outcome: Outcome) -> None:
    odd = outcome is Outcome.UNKNOWN
    policy = "transfer_server_in_transit_encryption_enabled"
    assert judged(policy, odd=odd, server=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "response", "sections"),
    [
        ("CreateServer", {"protocols": ["SFTP"]}, {"serverId": ID}, set()),
        ("UpdateServer", {"serverId": ID}, {"serverId": ID}, {"server"}),
        ("DeleteServer", {"serverId": ID}, {}, set()),
    ],
)
def test_the_event_names_its_server(
    name: str, request_parameters: Any, response: Any, sections: set[str]
) -> None:
    found = match(CATALOG, event("transfer", name, request_parameters, response))
    assert named(found) == {(server.name, ID, "eu-west-1", frozenset(sections))}
