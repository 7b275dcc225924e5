"""The table of Amazon OpenSearch Service: domains, of OpenSearch and of Elasticsearch.

Both have the actions and events of the name ``es``; the newer API tells of both. Sources: the OpenSearch Service API
reference and the developer guide's "Monitoring Amazon OpenSearch Service API calls with AWS CloudTrail".
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("es", event_source="es.amazonaws.com", client="opensearch")
service.spells(
    "AcceptInboundCrossClusterSearchConnection",
    "CancelElasticsearchServiceSoftwareUpdate",
    "CreateElasticsearchDomain",
    "CreateOutboundCrossClusterSearchConnection",
    "DeleteElasticsearchDomain",
    "DeleteElasticsearchServiceRole",
    "DeleteInboundCrossClusterSearchConnection",
    "DeleteOutboundCrossClusterSearchConnection",
    "PurchaseReservedElasticsearchInstanceOffering",
    "RejectInboundCrossClusterSearchConnection",
    "StartElasticsearchServiceSoftwareUpdate",
    "UpdateElasticsearchDomainConfig",
    "UpgradeElasticsearchDomain",
)

domain = service.resource_type(
    "AWS::OpenSearchService::Domain",
    arn="arn:{partition}:es:{region}:{account}:domain/{id}",
    named_by=["requestParameters.domainName", "responseElements.domainStatus.domainName"],
    gone="ResourceNotFoundException",
)
# "You can specify up to 5 domains": API reference, DescribeDomains. Names that are no domain's are left out of the answer.
domain.section(
    "domain",
    "DescribeDomains",
    {"DomainNames": "{ids}"},
    items="DomainStatusList",
    item_id="DomainName",
    many=5,
    silent=[
        "ChangeProgressDetails",
        "Created",
        "DomainProcessingStatus",
        "ModifyingProperties",
        "Processing",
        "ServiceSoftwareOptions",
        "State",
        "UpgradeProcessing",
    ],
    changed_by=[
        "CancelDomainConfigChange",
        "CancelElasticsearchServiceSoftwareUpdate",
        "CancelServiceSoftwareUpdate",
        "RollbackServiceSoftwareUpdate",
        "StartElasticsearchServiceSoftwareUpdate",
        "StartServiceSoftwareUpdate",
        "UpdateDomainConfig",
        "UpdateElasticsearchDomainConfig",
        "UpgradeDomain",
        "UpgradeElasticsearchDomain",
    ],
    root=True,
)
domain.section("tags", "ListTags", {"ARN": "{arn}"}, value="TagList")
for _event in ("AddTags", "RemoveTags"):
    domain.event(_event, "tags", named_by="requestParameters.aRN")
domain.created_by("CreateDomain", "CreateElasticsearchDomain")
domain.deleted_by("DeleteDomain", "DeleteElasticsearchDomain")
# "Making configuration changes in Amazon OpenSearch Service": most deploy new nodes, for a quarter of an hour and more.
domain.takes(
    900.0,
    "CreateDomain",
    "CreateElasticsearchDomain",
    "DeleteDomain",
    "DeleteElasticsearchDomain",
    "StartElasticsearchServiceSoftwareUpdate",
    "StartServiceSoftwareUpdate",
    "UpdateDomainConfig",
    "UpdateElasticsearchDomainConfig",
    "UpgradeDomain",
    "UpgradeElasticsearchDomain",
)
domain.listing("ListDomainNames", items="DomainNames", item_id="DomainName")

service.ignores_unnamed("tags of a data source or an application", "AddTags", "RemoveTags")
service.ignores(
    "connections between clusters change no setting of a domain",
    "AcceptInboundConnection",
    "AcceptInboundCrossClusterSearchConnection",
    "CreateOutboundConnection",
    "CreateOutboundCrossClusterSearchConnection",
    "DeleteInboundConnection",
    "DeleteInboundCrossClusterSearchConnection",
    "DeleteOutboundConnection",
    "DeleteOutboundCrossClusterSearchConnection",
    "RejectInboundConnection",
    "RejectInboundCrossClusterSearchConnection",
)
service.ignores(
    "VPC endpoints to a domain and who may make them are read by no policy yet",
    "AuthorizeVpcEndpointAccess",
    "CreateVpcEndpoint",
    "DeleteVpcEndpoint",
    "RevokeVpcEndpointAccess",
    "UpdateVpcEndpoint",
)
service.ignores(
    "packages, data sources and indexes are content of a domain, not its settings",
    "AddDataSource",
    "AddDirectQueryDataSource",
    "AssociatePackage",
    "AssociatePackages",
    "AttachDataSource",
    "CreateIndex",
    "CreatePackage",
    "DeleteDataSource",
    "DeleteDirectQueryDataSource",
    "DeleteIndex",
    "DeletePackage",
    "DetachDataSource",
    "DissociatePackage",
    "DissociatePackages",
    "UpdateDataSource",
    "UpdateDirectQueryDataSource",
    "UpdateIndex",
    "UpdatePackage",
    "UpdatePackageScope",
)
service.ignores(
    "applications of the OpenSearch interface are not covered",
    "CreateApplication",
    "DeleteApplication",
    "DeregisterCapability",
    "InsightFeedback",
    "PutDefaultApplicationSetting",
    "RegisterCapability",
    "UpdateApplication",
)
service.ignores(
    "maintenance, migration, roles and reservations change no setting of a domain",
    "DeleteElasticsearchServiceRole",
    "PurchaseReservedElasticsearchInstanceOffering",
    "PurchaseReservedInstanceOffering",
    "StartDomainMaintenance",
    "StartMigration",
    "UpdateScheduledAction",
)
