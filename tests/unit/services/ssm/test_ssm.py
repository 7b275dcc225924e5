"""Systems Manager: documents, and whether they may be made public."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.targets import match
from liveaudit.model import Outcome
from liveaudit.services.ssm.resources import secrets, service
from tests.support.events import REGION, event, named
from tests.unit.services.conftest import ACCOUNT, Judged

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
CATALOG = Catalog([service])
DOCUMENT = "AWS::SSM::Document"
SHARED, SECRETS, BLOCKED = (
    "ssm_documents_set_as_public",
    "ssm_document_secrets",
    "ssm_document_public_sharing_not_blocked",
)


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("CreateDocument", set()),
        ("DeleteDocument", set()),
        ("UpdateDocument", {"document", "secrets"}),
        ("UpdateDocumentDefaultVersion", {"document", "secrets"}),
        ("ModifyDocumentPermission", {"permission"}),
    ],
)
def test_the_event_names_its_document(name: str, sections: set[str]) -> None:
    found = named(match(CATALOG, event("ssm", name, {"name": "deploy"})))
    assert found == {(DOCUMENT, "deploy", REGION, frozenset(sections))}


@pytest.mark.parametrize(
    ("accounts", "outcome"),
    [
        (None, PASS),
        ([], PASS),
        (["all"], FAIL),
        (["All"], FAIL),
        ([ACCOUNT, "444455556666", "777788889999"], PASS),
        (["444455556666", "123412341234"], FAIL),
    ],
)
def test_who_a_document_is_shared_with(judged: Judged, accounts: Any, outcome: Outcome) -> None:
    verdict = judged(SHARED, own=["444455556666"], trusted=["777788889999"], permission=accounts)
    assert verdict.outcome == outcome


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("schemaVersion: '2.2'\nmainSteps:\n- action: aws:runShellScript\n", PASS),
        ("mainSteps:\n- inputs:\n    runCommand: ['export DB_PASSWORD=Tr0ub4dor&3x!Zq']\n", FAIL),
        ("inputs:\n  password: '{{ssm-secure:db-password}}'\n", PASS),
    ],
)
def test_secrets_in_a_document(judged: Judged, content: str, outcome: Outcome) -> None:
    verdict = judged(SECRETS, secrets=secrets(content))
    assert verdict.outcome == outcome
    assert "Tr0ub4dor" not in str(verdict)


def test_a_document_of_another_shape() -> None:
    with pytest.raises(ValueError, match="no text"):
        secrets(7)


@pytest.mark.parametrize(
    ("setting", "outcome"), [("Disable", PASS), ("Enable", FAIL), ("Perhaps", UNKNOWN), (None, UNKNOWN)]
)
def test_whether_documents_may_be_public(judged: Judged, setting: Any, outcome: Outcome) -> None:
    assert judged(BLOCKED, public_sharing=setting).outcome == outcome


@pytest.mark.parametrize(
    ("policy", "section", "odd"),
    [(SHARED, "permission", "all"), (SHARED, "permission", [7]), (SECRETS, "secrets", 7)],
)
def test_another_shape_is_unknown(judged: Judged, policy: str, section: str, odd: Any) -> None:
    assert judged(policy, odd=True, **{section: odd}).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("setting", "outcome"), [("CloudWatch", PASS), ("None", FAIL), ("", FAIL), (None, UNKNOWN), (7, UNKNOWN)]
)
def test_whether_automations_are_logged(judged: Judged, setting: Any, outcome: Outcome) -> None:
    verdict = judged("ssm_automation_cloudwatch_logging", odd=True, automation_logging=setting)
    assert verdict.outcome == outcome
