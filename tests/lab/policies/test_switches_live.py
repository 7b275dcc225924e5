"""The policies of what is switched on for a region or an account, by real calls in the lab."""

from __future__ import annotations

import json

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
STRANGER = "123412341234"
FEATURES = {
    "guardduty_ec2_malware_protection_enabled": "EBS_MALWARE_PROTECTION",
    "guardduty_eks_audit_log_enabled": "EKS_AUDIT_LOGS",
    "guardduty_lambda_protection_enabled": "LAMBDA_NETWORK_LOGS",
    "guardduty_rds_protection_enabled": "RDS_LOGIN_EVENTS",
    "guardduty_runtime_monitoring_enabled": "RUNTIME_MONITORING",
    "guardduty_s3_protection_enabled": "S3_DATA_EVENTS",
}


def test_the_recorder(live: Live) -> None:
    config, policy = live.client("config"), "config_recorder_all_regions_enabled"
    role = f"arn:aws:iam::{live.account}:role/config"
    live.client("s3").create_bucket(Bucket="recorded")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    live.opens(policy, live.region)
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "recorded"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    live.resolves(policy, live.region)
    live.opens("config_recorder_using_aws_service_role", live.region)
    linked = f"arn:aws:iam::{live.account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": linked})
    live.resolves("config_recorder_using_aws_service_role", live.region)
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    live.opens(policy, live.region)


def test_the_detector(live: Live) -> None:
    guardduty = live.client("guardduty")

    def features(status: str) -> list[dict[str, str]]:
        return [{"Name": name, "Status": status} for name in FEATURES.values()]

    made = guardduty.create_detector(Enable=False, Features=features("DISABLED"))["DetectorId"]
    live.opens("guardduty_is_enabled", live.region)
    guardduty.update_detector(DetectorId=made, Enable=True, Features=features("DISABLED"))
    live.resolves("guardduty_is_enabled", live.region)
    for policy in FEATURES:
        live.opens(policy, live.region)
    guardduty.update_detector(DetectorId=made, Enable=True, Features=features("ENABLED"))
    for policy in FEATURES:
        live.resolves(policy, live.region)
    guardduty.delete_detector(DetectorId=made)
    live.opens("guardduty_is_enabled", live.region)


def test_macie_and_inspector(live: Live) -> None:
    macie, inspector = live.client("macie2"), live.client("inspector2")
    macie.enable_macie(status="PAUSED")
    live.opens("macie_is_enabled", live.region)
    macie.disable_macie()
    macie.enable_macie()
    live.resolves("macie_is_enabled", live.region)
    scans = ["EC2", "ECR", "LAMBDA", "LAMBDA_CODE"]
    inspector.enable(accountIds=[live.account], resourceTypes=scans[:2])
    live.opens("inspector2_is_enabled", live.region)
    inspector.enable(accountIds=[live.account], resourceTypes=scans)
    live.resolves("inspector2_is_enabled", live.region)


def test_the_organization(live: Live) -> None:
    organizations, policy = live.client("organizations"), "organizations_delegated_administrators"
    organizations.create_organization(FeatureSet="ALL")
    live.verdict(policy, live.account, "PASS")
    live.verdict("organizations_account_part_of_organizations", live.account, "PASS")
    member = organizations.create_account(AccountName="security", Email="s@example.com")[
        "CreateAccountStatus"
    ]
    given = {"AccountId": member["AccountId"], "ServicePrincipal": "guardduty.amazonaws.com"}
    organizations.register_delegated_administrator(**given)
    live.opens(policy, live.account)
    organizations.deregister_delegated_administrator(**given)
    live.resolves(policy, live.account)


def test_the_security_contact(live: Live) -> None:
    account, policy = live.client("account"), "account_security_contact_information_is_registered"
    contact = {"Name": "Ada", "Title": "CISO", "EmailAddress": "a@example.com", "PhoneNumber": "+1 555 0100"}
    account.put_alternate_contact(AlternateContactType="BILLING", **contact)
    live.opens(policy, live.account)
    account.put_alternate_contact(AlternateContactType="SECURITY", **contact)
    live.resolves(policy, live.account)
    differ = "account_maintain_different_contact_details_to_security_billing_and_operations"
    live.opens(differ, live.account)
    for kind in ("BILLING", "OPERATIONS"):
        given = {**contact, "EmailAddress": f"{kind}@example.com"}
        account.put_alternate_contact(AlternateContactType=kind, **given)
    live.resolves(differ, live.account)


def test_a_document(live: Live) -> None:
    ssm = live.client("ssm")

    def content(command: str) -> str:
        step = {"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": [command]}}
        return json.dumps({"schemaVersion": "2.2", "description": "deploys", "mainSteps": [step]})

    ssm.create_document(
        Name="deploy", Content=content("export DB_PASSWORD=Tr0ub4dor&3x!Zq"), DocumentType="Command"
    )
    ssm.modify_document_permission(Name="deploy", PermissionType="Share", AccountIdsToAdd=["all"])
    live.opens("ssm_document_secrets", "deploy")
    live.opens("ssm_documents_set_as_public", "deploy")
    ssm.modify_document_permission(Name="deploy", PermissionType="Share", AccountIdsToRemove=["all"])
    live.resolves("ssm_documents_set_as_public", "deploy")
    ssm.modify_document_permission(Name="deploy", PermissionType="Share", AccountIdsToAdd=[STRANGER])
    live.opens("ssm_documents_set_as_public", "deploy")
    ssm.update_document(Name="deploy", Content=content("uptime"), DocumentVersion="$LATEST")
    ssm.update_document_default_version(Name="deploy", DocumentVersion="2")
    live.resolves("ssm_document_secrets", "deploy")
