"""The policies of Amazon OpenSearch Service on domains."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_off, is_on, is_one_of, member
from liveaudit.policies.parameters import number
from liveaudit.policies.resource_policies import not_public
from liveaudit.policies.shapes import rule, whole_number
from liveaudit.policies.tls import DOMAINS_TLS_1_2
from liveaudit.services.opensearch.resources import domain as domain_type

WHAT = "the domain"
FEWEST = 3
"""How many nodes of a kind outlive the loss of a zone: Security Hub Opensearch.6 and Opensearch.11."""


@rule(
    domain_type,
    "opensearch_service_domains_encryption_at_rest_enabled",
    Severity.CRITICAL,
    title="The domain is encrypted at rest",
    why="Indexes, logs and snapshots that are not encrypted lie readable wherever the disks of the service go.",
    fix="Switch encryption at rest on; a domain too old for that has to be made anew and filled from a snapshot.",
)
def is_encrypted(domain: Any) -> Verdict:
    """FSBP Opensearch.1, ES.1."""
    return is_on(domain, "EncryptionAtRestOptions.Enabled", WHAT)


@rule(
    domain_type,
    "opensearch_service_domains_not_publicly_accessible",
    Severity.CRITICAL,
    title="The domain is not open to everybody",
    why="Search clusters that everybody can reach are found by scanners, copied, and held to ransom.",
    fix="Name the principals or addresses in the access policy, or make the domain anew in a VPC.",
)
def is_not_public(domain: Any) -> Verdict:
    """Developer guide, "Identity and Access Management in Amazon OpenSearch Service". A domain in a VPC is reached from there only."""
    vpc = member(domain, "VPCOptions.VPCId", WHAT)
    if vpc:
        return passed(f"the domain is in the VPC {vpc}")
    return not_public(
        member(domain, "AccessPolicies", WHAT) or None,
        "the access policy",
        wrong="the endpoint is on the internet, and the access policy lets everybody in",
    )


@rule(
    domain_type,
    "opensearch_service_domains_node_to_node_encryption_enabled",
    Severity.HIGH,
    title="Nodes encrypt what they send each other",
    why="Whoever gets between the nodes reads every document that is indexed or found.",
    fix="Switch node-to-node encryption on; it cannot be switched off again.",
)
def encrypts_between_nodes(domain: Any) -> Verdict:
    """FSBP Opensearch.3, ES.3."""
    return is_on(domain, "NodeToNodeEncryptionOptions.Enabled", WHAT)


@rule(
    domain_type,
    "opensearch_service_domains_access_control_enabled",
    Severity.HIGH,
    title="The domain has fine-grained access control",
    why="Without it whoever gets in may read and change every index; with it rights go down to documents and fields.",
    fix="Switch fine-grained access control on and name a master user.",
)
def has_fine_grained_access(domain: Any) -> Verdict:
    """FSBP Opensearch.7."""
    return is_on(domain, "AdvancedSecurityOptions.Enabled", WHAT)


@rule(
    domain_type,
    "opensearch_service_domains_audit_logging_enabled",
    Severity.HIGH,
    title="The domain logs who did what in it",
    why="Without audit logs nobody can tell who signed in, failed to, or read which index.",
    fix="Publish the audit logs to a log group; they take fine-grained access control.",
)
def logs_audits(domain: Any) -> Verdict:
    """FSBP Opensearch.5, ES.5."""
    return is_on(domain, "LogPublishingOptions.AUDIT_LOGS.Enabled", f"{WHAT}'s audit logs")


@rule(
    domain_type,
    "opensearch_service_domains_https_communications_enforced",
    Severity.HIGH,
    title="The domain takes HTTPS only",
    why="What travels by plain HTTP, documents and passwords, can be read and changed on its way.",
    fix="Require HTTPS for all traffic to the domain.",
)
def enforces_https(domain: Any) -> Verdict:
    """FSBP Opensearch.8, ES.8."""
    return is_on(domain, "DomainEndpointOptions.EnforceHTTPS", WHAT)


@rule(
    domain_type,
    "opensearch_service_domains_tls_policy",
    Severity.MEDIUM,
    title="The domain takes TLS 1.2 at least",
    why="TLS 1.0 and 1.1 have known weaknesses, and are kept only for clients that should be gone.",
    fix="Choose a TLS security policy that begins with TLS 1.2, best one with perfect forward secrecy.",
)
def takes_modern_tls(domain: Any) -> Verdict:
    """FSBP Opensearch.8, ES.8. A domain without a setting has the oldest policy."""
    return is_one_of(domain, "DomainEndpointOptions.TLSSecurityPolicy", WHAT, DOMAINS_TLS_1_2)


@rule(
    domain_type,
    "opensearch_service_domains_updated_to_the_latest_service_software_version",
    Severity.HIGH,
    title="The domain's service software is up to date",
    why="Updates of the service software close holes; one that is put off is installed by AWS at a time not of your choosing.",
    fix="Start the update, or schedule it for the off-peak window.",
)
def is_up_to_date(domain: Any) -> Verdict:
    """FSBP Opensearch.10."""
    if flag(domain, "ServiceSoftwareOptions.UpdateAvailable", WHAT):
        newer = member(domain, "ServiceSoftwareOptions.NewVersion", WHAT)
        return failed("an update of the service software is available", NewVersion=newer)
    return passed("no update of the service software is waiting")


@rule(
    domain_type,
    "opensearch_service_domains_fault_tolerant_data_nodes",
    Severity.MEDIUM,
    title="The domain has three data nodes, in several zones",
    why="With fewer, or in one zone, the loss of a zone takes the indexes away.",
    fix="Give the domain three data nodes at least and zone awareness.",
    takes=(number("nodes", FEWEST, "How many data nodes a domain must have at least.", most=200),),
)
def has_enough_data_nodes(domain: Any, nodes: int) -> Verdict:
    """FSBP Opensearch.6, ES.6."""
    count = _count(domain, "ClusterConfig.InstanceCount")
    aware = flag(domain, "ClusterConfig.ZoneAwarenessEnabled", WHAT)
    if count >= nodes and aware:
        return passed(f"there are {count} data nodes in several zones")
    wrong = f"there are {count} data nodes" if count < nodes else "all data nodes are in one zone"
    return failed(wrong, InstanceCount=count, ZoneAwarenessEnabled=aware)


@rule(
    domain_type,
    "opensearch_service_domains_fault_tolerant_master_nodes",
    Severity.MEDIUM,
    title="The domain has three dedicated master nodes",
    why="Fewer than three cannot agree on a new master when one is lost, and the cluster stops.",
    fix="Enable dedicated master nodes, three of them.",
)
def has_enough_master_nodes(domain: Any) -> Verdict:
    """Security Hub Opensearch.11; FSBP ES.7."""
    if not flag(domain, "ClusterConfig.DedicatedMasterEnabled", WHAT):
        return failed("there are no dedicated master nodes", DedicatedMasterEnabled=False)
    number = _count(domain, "ClusterConfig.DedicatedMasterCount")
    if number < FEWEST:
        return failed(f"there are {number} dedicated master nodes", DedicatedMasterCount=number)
    return passed(f"there are {number} dedicated master nodes")


@rule(
    domain_type,
    "opensearch_service_domains_internal_user_database_enabled",
    Severity.MEDIUM,
    title="The domain has no users of its own",
    why="Users that are kept in the domain have passwords which nobody else manages, rotates or takes away.",
    fix="Let an IAM role be the master user, and people sign in with SAML or Cognito; then switch the database off.",
)
def has_no_user_database(domain: Any) -> Verdict:
    """Developer guide, "Fine-grained access control": managing users."""
    return is_off(domain, "AdvancedSecurityOptions.InternalUserDatabaseEnabled", WHAT)


def _count(domain: Any, path: str) -> int:
    value = member(domain, path, WHAT)
    return 0 if value is None else whole_number(value, f"{path} of {WHAT}")
