"""The table of Amazon MQ: what exists, how it is read, which events change it.

Sources: the Amazon MQ API reference and the developer guide's "Logging Amazon MQ API calls using AWS CloudTrail", by which
the source of its events is ``amazonmq``. A request names the broker under the name in the URL, ``broker-id``.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("mq", event_source="amazonmq.amazonaws.com")

broker = service.resource_type(
    "AWS::AmazonMQ::Broker",
    arn="arn:{partition}:mq:{region}:{account}:broker:{id}",
    named_by=["responseElements.brokerId", "requestParameters.broker-id", "requestParameters.brokerId"],
    gone="NotFoundException",
    # The ARN has the broker's name before its id.
    id_part=r"[^:]+:(?P<id>b-[\w-]+)",
)
broker.arn_from = "BrokerArn"
broker.created_by("CreateBroker")
broker.deleted_by("DeleteBroker")
broker.listing("ListBrokers", items="BrokerSummaries", item_id="BrokerId")
broker.section(
    "broker",
    "DescribeBroker",
    {"BrokerId": "{id}"},
    # They change as it starts, and by maintenance.
    silent=["BrokerState", "BrokerInstances", "ActionsRequired"],
    changed_by=["UpdateBroker", "RebootBroker", "Promote", "CreateUser", "UpdateUser", "DeleteUser"],
    root=True,
)
broker.takes(900.0, "CreateBroker", "DeleteBroker", "RebootBroker")

service.ignores(
    "configurations are not covered", "CreateConfiguration", "UpdateConfiguration", "DeleteConfiguration"
)
service.ignores("tags are not covered", "CreateTags", "DeleteTags")
