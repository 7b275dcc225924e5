"""Route 53's policies by real calls in the lab."""

from __future__ import annotations

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
LOGGING = "route53_public_hosted_zones_cloudwatch_logging_enabled"


def test_a_hosted_zone(live: Live) -> None:
    route53, logs = live.client("route53"), live.client("logs")
    made = route53.create_hosted_zone(Name="example.com", CallerReference="r")["HostedZone"]["Id"]
    zone = made.rpartition("/")[2]
    live.opens(LOGGING, zone)
    logs.create_log_group(logGroupName="/aws/route53/example.com")
    group = logs.describe_log_groups()["logGroups"][0]["arn"]
    config = route53.create_query_logging_config(HostedZoneId=zone, CloudWatchLogsLogGroupArn=group)
    live.resolves(LOGGING, zone)
    # The event names what logs, not the zone.
    route53.delete_query_logging_config(Id=config["QueryLoggingConfig"]["Id"])
    live.opens(LOGGING, zone)
    route53.delete_hosted_zone(Id=zone)
    live.archives(LOGGING, zone)
