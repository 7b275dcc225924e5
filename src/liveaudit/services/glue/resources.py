"""The table of AWS Glue: what exists, how it is read, which events change it.

Sources: the Glue API reference, the developer guide's "Logging AWS Glue API calls with AWS CloudTrail", and recorded
events. Passwords of connections are not asked for (``HidePassword``), and of what is told only names are kept: see
``shapes``.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service
from liveaudit.services.glue.ignored import ignore_the_rest
from liveaudit.services.glue.shapes import connection_told, job_told

service = Service("glue", event_source="glue.amazonaws.com")

_GONE = "EntityNotFoundException"

# An account has one Data Catalog in a region.
region_settings = service.resource_type(
    "AWS::Glue::RegionSettings",
    arn="arn:{partition}:glue:{id}:{account}:catalog",
    named_by="{region}",
    always="{region}",
)
region_settings.section(
    "catalog_encryption",
    "GetDataCatalogEncryptionSettings",
    value="DataCatalogEncryptionSettings",
    changed_by="PutDataCatalogEncryptionSettings",
    root=True,
)
region_settings.section(
    "policy_document",
    "GetResourcePolicy",
    value="PolicyInJson",
    absent=_GONE,
    changed_by=["PutResourcePolicy", "DeleteResourcePolicy"],
)
# Whether the catalog is used at all.
region_settings.section(
    "database_count",
    "GetDatabases",
    {"MaxResults": 1},
    value="length(DatabaseList)",
    pages=False,
    changed_by=["CreateDatabase", "DeleteDatabase", "ImportCatalogToGlue"],
)
region_settings.section(
    "connection_count",
    "GetConnections",
    {"MaxResults": 1, "HidePassword": True},
    value="length(ConnectionList)",
    pages=False,
    changed_by=["CreateConnection", "DeleteConnection", "BatchDeleteConnection"],
)

security_configuration = service.resource_type(
    "AWS::Glue::SecurityConfiguration",
    arn="arn:{partition}:glue:{region}:{account}:securityConfiguration/{id}",
    named_by="requestParameters.name",
    gone=_GONE,
)
security_configuration.created_by("CreateSecurityConfiguration")
security_configuration.deleted_by("DeleteSecurityConfiguration")
security_configuration.listing(
    "GetSecurityConfigurations",
    items="SecurityConfigurations",
    item_id="Name",
    provides={"security_configuration": "@"},
)
security_configuration.section(
    "security_configuration",
    "GetSecurityConfiguration",
    {"Name": "{id}"},
    value="SecurityConfiguration",
    root=True,
)

job = service.resource_type(
    "AWS::Glue::Job",
    arn="arn:{partition}:glue:{region}:{account}:job/{id}",
    named_by=["requestParameters.jobName", "responseElements.name", "requestParameters.name"],
    gone=_GONE,
)
job.created_by("CreateJob")
job.deleted_by("DeleteJob")
job.listing("GetJobs", items="Jobs", item_id="Name", provides={"job": "@"})
job.section(
    "job",
    "GetJob",
    {"JobName": "{id}"},
    value="Job",
    shape=job_told,
    changed_by=["UpdateJob", "UpdateJobFromSourceControl"],
    root=True,
)
job.references(
    "security_configurations",
    security_configuration,
    "security_configuration",
    ids="job.SecurityConfiguration",
)

connection = service.resource_type(
    "AWS::Glue::Connection",
    arn="arn:{partition}:glue:{region}:{account}:connection/{id}",
    named_by=["requestParameters.connectionInput.name", "requestParameters.name"],
    gone=_GONE,
)
connection.created_by("CreateConnection")
connection.deleted_by("DeleteConnection", named_by="requestParameters.connectionName")
connection.deleted_by("BatchDeleteConnection", named_by="requestParameters.connectionNameList[]")
connection.listing(
    "GetConnections",
    {"HidePassword": True},
    items="ConnectionList",
    item_id="Name",
    provides={"connection": "@"},
)
connection.section(
    "connection",
    "GetConnection",
    {"Name": "{id}", "HidePassword": True},
    value="Connection",
    shape=connection_told,
    changed_by="UpdateConnection",
    root=True,
)
connection.reference("catalog_encryption", region_settings, "catalog_encryption", resource_id="{region}")

dev_endpoint = service.resource_type(
    "AWS::Glue::DevEndpoint",
    arn="arn:{partition}:glue:{region}:{account}:devEndpoint/{id}",
    named_by="requestParameters.endpointName",
    gone=_GONE,
)
dev_endpoint.created_by("CreateDevEndpoint")
dev_endpoint.deleted_by("DeleteDevEndpoint")
dev_endpoint.listing("GetDevEndpoints", items="DevEndpoints", item_id="EndpointName")
dev_endpoint.section(
    "dev_endpoint",
    "GetDevEndpoint",
    {"EndpointName": "{id}"},
    value="DevEndpoint.{EndpointName: EndpointName, SecurityConfiguration: SecurityConfiguration, Status: Status}",
    changed_by="UpdateDevEndpoint",
    root=True,
)

ml_transform = service.resource_type(
    "AWS::Glue::MLTransform",
    arn="arn:{partition}:glue:{region}:{account}:mlTransform/{id}",
    named_by=["requestParameters.transformId", "responseElements.transformId"],
    gone=_GONE,
)
ml_transform.created_by("CreateMLTransform")
ml_transform.deleted_by("DeleteMLTransform")
ml_transform.listing("GetMLTransforms", items="Transforms", item_id="TransformId")
ml_transform.section(
    "ml_transform",
    "GetMLTransform",
    {"TransformId": "{id}"},
    value="{Name: Name, Status: Status, GlueVersion: GlueVersion, TransformEncryption: TransformEncryption}",
    changed_by="UpdateMLTransform",
    root=True,
)

# Those of its resources that are covered and that Glue tags: developer guide, "AWS tags in AWS Glue".
for _type in (job, connection, dev_endpoint, ml_transform):
    _type.section("tags", "GetTags", {"ResourceArn": "{arn}"}, value="Tags || `{}`")
    for _event in ("TagResource", "UntagResource"):
        _type.event(_event, "tags", named_by="requestParameters.resourceArn")
security_configuration.has_no_tags()

_SETTINGS = "requestParameters.dataCatalogEncryptionSettings"
region_settings.shows(
    "catalog_encryption",
    {
        f"{_SETTINGS}.{path}": path
        for path in (
            "EncryptionAtRest.CatalogEncryptionMode",
            "ConnectionPasswordEncryption.ReturnConnectionPasswordEncrypted",
        )
    },
    "PutDataCatalogEncryptionSettings",
)

ignore_the_rest(service)
