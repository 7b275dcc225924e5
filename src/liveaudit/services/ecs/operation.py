"""The policies of ECS on what services run on, and what is seen of clusters."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.shapes import mapping, mappings, names, rule, text
from liveaudit.services.ecs.resources import cluster, ecs_service

NEWEST = {"linux": "1.4.0", "windows": "1.0.0"}
"""Fargate's newest platform versions (ECS developer guide, "Fargate platform versions"), which LATEST stands for."""


@rule(
    ecs_service,
    "ecs_service_fargate_latest_platform_version",
    Severity.MEDIUM,
    title="Fargate services run on the newest platform",
    why="Older platforms get no new features of isolation, and in time no patches.",
    fix="Set the service's platform version to LATEST and deploy it anew.",
)
def runs_on_the_newest_platform(service: Any) -> Verdict:
    """Security Hub ECS.10."""
    given = mapping(service, "the service")
    providers = names(given.get("capacityProviderStrategy") or [], "capacityProvider", "the strategy")
    if given.get("launchType") != "FARGATE" and not any(each.startswith("FARGATE") for each in providers):
        return not_applicable("the service does not run on Fargate")
    family = text(given.get("platformFamily") or "linux", "platformFamily").lower()
    newest = NEWEST["windows" if family.startswith("windows") else "linux"]
    version = text(given.get("platformVersion") or "LATEST", "platformVersion")
    if version in ("LATEST", newest):
        return passed(f"the platform version is {version}")
    return failed(f"the platform version is {version}, not {newest}", platformVersion=version)


@rule(
    cluster,
    "ecs_cluster_container_insights_enabled",
    Severity.MEDIUM,
    title="Container Insights is on for the cluster",
    why="Without its figures and events nobody sees why containers fail, or that one begins to behave unlike the others.",
    fix="Set containerInsights to enabled or enhanced on the cluster.",
)
def insights_are_on(cluster: Any) -> Verdict:
    """Security Hub ECS.12."""
    settings = mappings(mapping(cluster, "the cluster").get("settings") or [], "the settings")
    value = next((each.get("value") for each in settings if each.get("name") == "containerInsights"), None)
    if value in ("enabled", "enhanced"):
        return passed(f"containerInsights is {value}")
    return failed("containerInsights is not enabled", containerInsights=value)
