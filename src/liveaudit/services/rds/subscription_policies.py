"""The policies on whom RDS tells of what happens to databases: a region's event subscriptions.

As Security Hub's RDS.19 to RDS.22 do, they judge the subscriptions that there are: a region without any is either not in
use or watched in another way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mappings, rule, texts
from liveaudit.services.rds.proxies import region_settings


@dataclass(frozen=True, slots=True)
class Announced:
    """What somebody is to be told of: these categories of events of every resource of a source type."""

    policy_id: str
    severity: Severity
    source: str
    categories: tuple[str, ...]
    of_what: str


ANNOUNCED = (
    Announced(
        "rds_cluster_critical_event_subscription",
        Severity.MEDIUM,
        "db-cluster",
        ("failure", "maintenance"),
        "database clusters",
    ),
    Announced(
        "rds_instance_critical_event_subscription",
        Severity.MEDIUM,
        "db-instance",
        ("configuration change", "failure", "maintenance"),
        "database instances",
    ),
    Announced(
        "rds_instance_event_subscription_parameter_groups",
        Severity.LOW,
        "db-parameter-group",
        ("configuration change",),
        "parameter groups",
    ),
    Announced(
        "rds_instance_event_subscription_security_groups",
        Severity.MEDIUM,
        "db-security-group",
        ("configuration change", "failure"),
        "database security groups",
    ),
)


def is_told(subscriptions: Any, source: str, categories: tuple[str, ...]) -> Verdict:
    """Whether the enabled subscriptions together tell of these categories of events of every resource of ``source``.

    No source type means all, and so does no category. One that is for some named resources does not count.
    """
    found = mappings(subscriptions, "the event subscriptions")
    if not found:
        return not_applicable("there are no event subscriptions in the region")
    missing = set(categories)
    for each in found:
        of_all = each.get("SourceType") in (None, "", source) and not each.get("SourceIdsList")
        if of_all and flag(each, "Enabled", "the subscription"):
            told = texts(each.get("EventCategoriesList", []), "EventCategoriesList")
            missing -= set(told) if told else set(categories)
    if missing:
        return failed(
            f"no subscription tells of {', '.join(sorted(missing))} of every {source}", source=source
        )
    return passed(f"subscriptions tell of {', '.join(categories)} of every {source}")


def _judge(row: Announced) -> None:
    @rule(
        region_settings,
        row.policy_id,
        row.severity,
        title=f"Somebody is told of critical events of {row.of_what}",
        why="A failure, or a change that nobody made knowingly, is seen in time only by those who are told of it.",
        fix=f"Subscribe a topic to {', '.join(row.categories)} of the source type {row.source}, for all resources.",
    )
    def announced(event_subscriptions: Any) -> Verdict:
        return is_told(event_subscriptions, row.source, row.categories)


for _row in ANNOUNCED:
    _judge(_row)
