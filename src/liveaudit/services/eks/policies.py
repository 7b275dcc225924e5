"""The policies of EKS clusters."""

from __future__ import annotations

import re
from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.checks import flag, is_on, member
from liveaudit.policies.clock import Now
from liveaudit.policies.lifecycle import is_supported
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, mappings, rule, text, texts
from liveaudit.services.ec2.addresses import let_in_everybody
from liveaudit.services.eks.resources import cluster
from liveaudit.services.eks.versions import LAST_DAYS, OLDEST

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""The logs of a control plane (EKS user guide, "Send control plane logs to CloudWatch Logs")."""
_NETWORK = "resourcesVpcConfig"


@rule(
    cluster,
    "eks_cluster_not_publicly_accessible",
    Severity.HIGH,
    title="The cluster's API cannot be reached from the whole internet",
    why="Whoever finds a token, or a flaw in the API server, can then use it from anywhere.",
    fix="Turn the public endpoint off, or give it the ranges of addresses that need it.",
)
def api_is_not_public(cluster: Any) -> Verdict:
    """Security Hub EKS.1 asks for no public endpoint at all; here one that is open to a few ranges passes, as in Prowler.

    EKS user guide, "Cluster API server endpoint": without ranges it is open to everybody. Pieces that come to
    everywhere are everywhere.
    """
    given = mapping(cluster, "the cluster")
    if not flag(given, f"{_NETWORK}.endpointPublicAccess", "the cluster"):
        return passed("the cluster has no public endpoint")
    cidrs = texts(member(given, f"{_NETWORK}.publicAccessCidrs", "the cluster") or [], "publicAccessCidrs")
    if not cidrs or let_in_everybody(cidrs):
        return failed("the public endpoint is open to everybody", publicAccessCidrs=cidrs)
    return passed("the public endpoint is open to some ranges of addresses only", publicAccessCidrs=cidrs)


@rule(
    cluster,
    "eks_cluster_uses_a_supported_version",
    Severity.HIGH,
    title="The cluster's version of Kubernetes is in standard support",
    why="After it there are patches only for money, and then none: AWS moves the cluster to a newer version by itself.",
    fix="Move the cluster to the next version, one minor version after the other, and its nodes and add-ons after it.",
)
def version_is_supported(cluster: Any, now: Now) -> Verdict:
    """Security Hub EKS.2; EKS user guide, "Understand the Kubernetes version lifecycle on EKS"."""
    version = text(mapping(cluster, "the cluster").get("version"), "version")
    numbers = re.fullmatch(r"(\d+)\.(\d+)", version)
    if numbers is None:
        raise UnexpectedShapeError(f"version is {version[:20]!r}, not a version of Kubernetes")
    if (int(numbers[1]), int(numbers[2])) < OLDEST:
        return failed(f"AWS's support of version {version} ended long ago", name=version)
    return is_supported(version, LAST_DAYS, now, "version")


@rule(
    cluster,
    "eks_cluster_kms_cmk_encryption_in_secrets_enabled",
    Severity.MEDIUM,
    title="Kubernetes secrets are encrypted with a key of yours",
    why="With a key of your own you decide who may decrypt, see every use of it, and can end it.",
    fix="Add an encryption configuration for secrets with a KMS key. It cannot be taken away again.",
)
def secrets_are_encrypted(cluster: Any) -> Verdict:
    """Security Hub EKS.3; EKS user guide, "Encrypt Kubernetes secrets with KMS"."""
    configurations = mappings(
        mapping(cluster, "the cluster").get("encryptionConfig") or [], "encryptionConfig"
    )
    keys = [
        member(each, "provider.keyArn", "an encryption configuration")
        for each in configurations
        if "secrets" in texts(each.get("resources") or [], "resources")
    ]
    found = [text(key, "keyArn") for key in keys if key]
    return (
        passed(f"secrets are encrypted with {found[0]}") if found else failed("secrets have no key of yours")
    )


@rule(
    cluster,
    "eks_control_plane_logging_all_types_enabled",
    Severity.MEDIUM,
    title="The control plane sends all of its logs",
    why="Who did what in the cluster, and what the cluster did, can only be told from these logs.",
    fix="Turn on the log types api, audit, authenticator, controllerManager and scheduler.",
)
def control_plane_logs_everything(cluster: Any) -> Verdict:
    """Security Hub EKS.8."""
    logging = member(cluster, "logging.clusterLogging", "the cluster")
    on = {
        kind
        for each in mappings(logging or [], "clusterLogging")
        if flag(each, "enabled", "a log setting")
        for kind in texts(each.get("types") or [], "types")
    }
    off = [kind for kind in LOG_TYPES if kind not in on]
    return (
        failed(f"not sent: {', '.join(off)}", types=off) if off else passed("all five types of logs are sent")
    )


@rule(
    cluster,
    "eks_cluster_deletion_protection_enabled",
    Severity.HIGH,
    title="The cluster cannot be deleted by mistake",
    why="Who deletes a cluster, by mistake or on purpose, ends everything that runs in it at once.",
    fix="Turn deletion protection on.",
)
def is_protected(cluster: Any) -> Verdict:
    """EKS user guide, "Protect EKS clusters from accidental deletion"."""
    return is_on(cluster, "deletionProtection", "the cluster")


@rule(
    cluster,
    "eks_cluster_private_nodes_enabled",
    Severity.HIGH,
    title="Nodes reach the cluster's API from within the network",
    why="Without the private endpoint the traffic between nodes and control plane leaves your network.",
    fix="Turn the private endpoint on.",
)
def has_a_private_endpoint(cluster: Any) -> Verdict:
    """EKS user guide, "Cluster API server endpoint"."""
    return is_on(cluster, f"{_NETWORK}.endpointPrivateAccess", "the cluster")
