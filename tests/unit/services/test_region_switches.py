"""The tables of services that are switched on and off in a region or account: which events touch which section."""

from __future__ import annotations

import pytest

from liveaudit.catalog.targets import Relevance, match
from liveaudit.services import load
from tests.support.events import ACCOUNT, REGION, event, named, unplaced

CATALOG, _ = load()
REGIONAL = (
    ("config", "PutConfigurationRecorder", "AWS::Config", {"recorders", "recorder_status"}),
    ("config", "StopConfigurationRecorder", "AWS::Config", {"recorder_status"}),
    ("config", "DeleteDeliveryChannel", "AWS::Config", {"delivery_channels"}),
    ("config", "PutRetentionConfiguration", "AWS::Config", {"retention"}),
    ("guardduty", "CreateDetector", "AWS::GuardDuty", {"detectors"}),
    ("guardduty", "UpdateDetector", "AWS::GuardDuty", {"detectors"}),
    ("guardduty", "DisassociateFromAdministratorAccount", "AWS::GuardDuty", {"administrators"}),
    ("securityhub", "EnableSecurityHub", "AWS::SecurityHub", {"hub", "standards", "products"}),
    ("securityhub", "BatchDisableStandards", "AWS::SecurityHub", {"standards"}),
    ("securityhub", "DisableImportFindingsForProduct", "AWS::SecurityHub", {"products"}),
    ("access-analyzer", "DeleteAnalyzer", "AWS::AccessAnalyzer", {"analyzers"}),
    ("macie2", "DisableMacie", "AWS::Macie", {"session", "automated_discovery"}),
    ("macie2", "UpdateMacieSession", "AWS::Macie", {"session"}),
    ("inspector2", "Disable", "AWS::InspectorV2", {"account_status"}),
    ("ssm", "UpdateServiceSetting", "AWS::SSM", {"public_sharing", "automation_logging"}),
)
OF_THE_ACCOUNT = (
    ("organizations", "RegisterDelegatedAdministrator", "AWS::Organizations", {"delegated_administrators"}),
    ("organizations", "LeaveOrganization", "AWS::Organizations", {"organization"}),
    (
        "organizations",
        "UpdatePolicy",
        "AWS::Organizations",
        {"service_control_policies", "ai_opt_out_policies"},
    ),
    (
        "account",
        "PutAlternateContact",
        "AWS::Account",
        {"security_contact", "billing_contact", "operations_contact"},
    ),
    ("account", "PutContactInformation", "AWS::Account", {"contact_information"}),
)
SOURCES = sorted({source for source, *_ in (*REGIONAL, *OF_THE_ACCOUNT)})


@pytest.mark.parametrize(("source", "name", "prefix", "sections"), REGIONAL)
def test_an_event_of_a_region(source: str, name: str, prefix: str, sections: set[str]) -> None:
    found = named(match(CATALOG, event(source, name, {"name": "it"})))
    assert found == {(f"{prefix}::RegionSettings", REGION, REGION, frozenset(sections))}


@pytest.mark.parametrize(("source", "name", "prefix", "sections"), OF_THE_ACCOUNT)
def test_an_event_of_an_account(source: str, name: str, prefix: str, sections: set[str]) -> None:
    found = named(match(CATALOG, event(source, name, region="us-east-1")))
    assert found == {(f"{prefix}::AccountSettings", ACCOUNT, "global", frozenset(sections))}


@pytest.mark.parametrize("source", SOURCES)
def test_every_recorded_change_has_a_row_or_a_reason(source: str) -> None:
    assert unplaced(CATALOG, source) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("guardduty", "UpdateMemberDetectors"),
        ("guardduty", "DeletePublishingDestination"),
        ("ssm", "PutComplianceItems"),
        ("organizations", "CreateAccount"),
    ],
)
def test_what_is_left_out_has_a_reason(source: str, name: str) -> None:
    found = match(CATALOG, event(source, name))
    assert (found.relevance, bool(found.reason)) == (Relevance.IGNORED, True)
