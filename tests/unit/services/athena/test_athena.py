"""Athena: its policy, and which workgroup an event names."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services import load
from liveaudit.services.athena.resources import work_group
from tests.support.events import event, named
from tests.unit.services.conftest import Judged

CATALOG, _ = load()
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("configuration", "outcome"),
    [
        ({"ResultConfiguration": {"EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}}}, PASS),
        (
            {
                "ResultConfiguration": {
                    "EncryptionConfiguration": {"EncryptionOption": "CSE_KMS", "KmsKey": "k"}
                }
            },
            PASS,
        ),
        ({"ResultConfiguration": {"OutputLocation": "s3://results/"}}, FAIL),
        ({}, FAIL),
        # results that Athena keeps itself are always encrypted
        ({"ManagedQueryResultsConfiguration": {"Enabled": True}}, PASS),
        ({"ManagedQueryResultsConfiguration": {"Enabled": False}}, FAIL),
        ({"ResultConfiguration": 7}, UNKNOWN),
        ({"ManagedQueryResultsConfiguration": {"Enabled": "yes"}}, UNKNOWN),
    ],
)
def test_encryption(judged: Judged, configuration: Any, outcome: Outcome) -> None:
    given = {"Name": "primary", "Configuration": configuration}
    odd = outcome is UNKNOWN
    assert judged("athena_workgroup_encryption", odd=odd, work_group=given).outcome is outcome


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        ("athena_workgroup_logging_enabled", "PublishCloudWatchMetricsEnabled"),
        ("athena_workgroup_enforce_configuration", "EnforceWorkGroupConfiguration"),
    ],
)
@pytest.mark.parametrize(("value", "outcome"), [(True, PASS), (False, FAIL), (None, FAIL), ("yes", UNKNOWN)])
def test_switches(judged: Judged, policy: str, key: str, value: Any, outcome: Outcome) -> None:
    given = {"Name": "primary", "Configuration": {} if value is None else {key: value}}
    assert judged(policy, odd=outcome is UNKNOWN, work_group=given).outcome is outcome


@pytest.mark.parametrize(
    ("name", "request_parameters", "sections"),
    [
        ("CreateWorkGroup", {"name": "analysts"}, set()),
        ("UpdateWorkGroup", {"workGroup": "analysts"}, {"work_group"}),
        ("DeleteWorkGroup", {"workGroup": "analysts", "recursiveDeleteOption": True}, set()),
    ],
)
def test_the_event_names_its_workgroup(name: str, request_parameters: Any, sections: set[str]) -> None:
    found = match(CATALOG, event("athena", name, request_parameters))
    assert named(found) == {(work_group.name, "analysts", "eu-west-1", frozenset(sections))}
