"""The table of DB proxies, and of what a region is told of its databases."""

from __future__ import annotations

from typing import Any

from liveaudit.catalog.rows import Each
from liveaudit.policies.kept import keeping, leaves, of_the_only
from liveaudit.services.rds.service import TAG_EVENTS, TAGGED, service

proxy = service.resource_type(
    "AWS::RDS::DBProxy",
    # AWS's own ARN ends in another id than the name; it is read with the proxy.
    arn="arn:{partition}:rds:{region}:{account}:db-proxy:{id}",
    named_by=[
        "responseElements.dBProxy.dBProxyName",
        "responseElements.dBProxyName",
        "requestParameters.dBProxyName",
    ],
    gone="DBProxyNotFoundFault",
)
proxy.section(
    "proxy",
    "DescribeDBProxies",
    {"DBProxyName": "{id}"},
    items="DBProxies",
    item_id="DBProxyName",
    silent=["Status", "UpdatedDate"],
    root=True,
)
# By its ARN alone: the first call is the root's.
proxy.section(
    "tags",
    "DescribeDBProxies",
    {"DBProxyName": "{id}"},
    value="DBProxies[].DBProxyArn",
    each=Each("ListTagsForResource", {"ResourceName": "{item}"}, value="TagList"),
    shape=of_the_only(keeping(leaves("Key", "Value"))),
    changed_by=TAG_EVENTS,
)
proxy.also_named_by(
    TAGGED,
    "DescribeDBProxies",
    {},
    items="DBProxies",
    item_id="DBProxyName",
    key="DBProxyArn",
    pattern=r"arn:[\w-]+:rds:[\w-]+:\d{12}:db-proxy:[\w-]+",
    listed=True,
)
proxy.arn_from = "DBProxyArn"
proxy.listing("DescribeDBProxies", items="DBProxies", item_id="DBProxyName", provides={"proxy": "@"})
proxy.created_by("CreateDBProxy")
proxy.deleted_by("DeleteDBProxy")
proxy.renamed_by(
    "ModifyDBProxy", new="requestParameters.newDBProxyName", named_by="requestParameters.dBProxyName"
)
proxy.takes(600.0, "CreateDBProxy", "ModifyDBProxy", "DeleteDBProxy")


def by_name(subscriptions: Any) -> Any:
    """Event subscriptions in the order of their names: the API gives them in none."""
    return sorted(subscriptions, key=lambda each: str(each.get("CustSubscriptionId")))


# AWS gives settings of an account or region no ARN; this one is ours, made so that it collides with none of AWS's.
region_settings = service.resource_type(
    "AWS::RDS::RegionSettings",
    arn="arn:{partition}:rds:{id}:{account}:settings",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "event_subscriptions",
    "DescribeEventSubscriptions",
    value="EventSubscriptionsList",
    silent="Status",
    shape=by_name,
    changed_by=[
        "AddSourceIdentifierToSubscription",
        "CreateEventSubscription",
        "DeleteEventSubscription",
        "ModifyEventSubscription",
        "RemoveSourceIdentifierFromSubscription",
    ],
    root=True,
)
