"""What changes in RDS, DocumentDB and Neptune without bearing on anything that a policy looks at."""

from __future__ import annotations

from liveaudit.services.rds.service import service

service.ignores(
    "groups of EC2-Classic, which AWS has ended",
    "AuthorizeDBSecurityGroupIngress",
    "CreateDBSecurityGroup",
    "DeleteDBSecurityGroup",
    "RevokeDBSecurityGroupIngress",
)
service.ignores(
    "which subnets a database may be put into is read by no policy",
    "CreateDBSubnetGroup",
    "DeleteDBSubnetGroup",
    "ModifyDBSubnetGroup",
)
service.ignores(
    "option groups are read by no policy",
    "CopyOptionGroup",
    "CreateOptionGroup",
    "DeleteOptionGroup",
    "ModifyOptionGroup",
)
service.ignores(
    "to where a proxy leads and its further endpoints are read by no policy",
    "CreateDBProxyEndpoint",
    "DeleteDBProxyEndpoint",
    "DeregisterDBProxyTargets",
    "ModifyDBProxyEndpoint",
    "ModifyDBProxyTargetGroup",
    "RegisterDBProxyTargets",
)
service.ignores(
    "further endpoints of a cluster are read by no policy",
    "CreateDBClusterEndpoint",
    "DeleteDBClusterEndpoint",
    "ModifyDBClusterEndpoint",
)
service.ignores(
    "exports, integrations and recommendations change no database",
    "CancelExportTask",
    "CreateIntegration",
    "DeleteIntegration",
    "ModifyDBRecommendation",
    "ModifyIntegration",
    "StartExportTask",
)
service.ignores(
    "backups that are kept of databases that are gone are read by no policy",
    "DeleteDBClusterAutomatedBackup",
    "DeleteDBInstanceAutomatedBackup",
)
service.ignores(
    "what is bought and reserved changes no database",
    "CancelDBCapacityReservation",
    "CreateDBCapacityReservation",
    "ModifyDBCapacityReservation",
    "PurchaseReservedDBInstancesOffering",
)
service.ignores(
    "engine versions of one's own, shard groups and tenant databases are not covered",
    "CreateCustomDBEngineVersion",
    "CreateDBShardGroup",
    "CreateTenantDatabase",
    "DeleteCustomDBEngineVersion",
    "DeleteDBShardGroup",
    "DeleteTenantDatabase",
    "ModifyCustomDBEngineVersion",
    "ModifyDBShardGroup",
    "ModifyTenantDatabase",
    "RebootDBShardGroup",
)
service.ignores(
    "which certificate authority new instances take is read by no policy",
    "ModifyCertificates",
)
