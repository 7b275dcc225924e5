"""The policies of hosted zones in Route 53."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, not_applicable, passed
from liveaudit.policies.checks import flag
from liveaudit.policies.shapes import mapping, names, rule, text
from liveaudit.services.route53.resources import zone as zone_type


@rule(
    zone_type,
    "route53_public_hosted_zones_cloudwatch_logging_enabled",
    Severity.MEDIUM,
    title="Public hosted zones log their queries",
    why="The log tells who asked for which name: it shows what is looked up before an attack, and names that still are used.",
    fix="Make a log group in us-east-1 that Route 53 may write to, and turn on query logging for the zone.",
)
def logs_queries(zone: Any, query_logging: Any, query_logs: Any) -> Verdict:
    """FSBP Route53.2. Queries of a private zone are logged by the resolver of its networks, not by the zone."""
    if flag(zone, "Config.PrivateZone", "the zone"):
        return not_applicable("the zone is private")
    known = mapping(query_logs, "what logs the queries")
    for each in names(query_logging, "Id", "what logs the queries"):
        if known.get(each) is not None:
            group = mapping(known[each], "what logs the queries").get("CloudWatchLogsLogGroupArn")
            return passed(f"queries are logged to {text(group, 'CloudWatchLogsLogGroupArn')}")
    return failed("queries of the zone are not logged")
