"""The table of AWS Transfer Family: what exists, how it is read, which events change it.

Sources: the Transfer Family API reference and the user guide's "AWS CloudTrail logging for AWS Transfer Family".
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("transfer", event_source="transfer.amazonaws.com")

server = service.resource_type(
    "AWS::Transfer::Server",
    arn="arn:{partition}:transfer:{region}:{account}:server/{id}",
    named_by=["requestParameters.serverId", "responseElements.serverId"],
    gone="ResourceNotFoundException",
)
server.created_by("CreateServer")
server.deleted_by("DeleteServer")
server.listing("ListServers", items="Servers", item_id="ServerId")
server.section(
    "server",
    "DescribeServer",
    {"ServerId": "{id}"},
    value="Server",
    silent=["State", "UserCount"],
    changed_by=["UpdateServer", "ImportHostKey", "DeleteHostKey", "UpdateHostKey"],
    root=True,
)

_OTHERS = """
    CreateAccess CreateAgreement CreateConnector CreateProfile CreateUser CreateWebApp CreateWorkflow DeleteAccess
    DeleteAgreement DeleteCertificate DeleteConnector DeleteProfile DeleteSshPublicKey DeleteUser DeleteWebApp
    DeleteWebAppCustomization DeleteWorkflow ImportCertificate ImportSshPublicKey UpdateAccess UpdateAgreement
    UpdateCertificate UpdateConnector UpdateProfile UpdateUser UpdateWebApp UpdateWebAppCustomization
"""
_RUNS = """
    SendWorkflowStepState StartDirectoryListing StartFileTransfer StartRemoteDelete StartRemoteMove StartServer
    StopServer TestConnection TestIdentityProvider
"""
service.ignores("users, connectors, workflows and web apps are not covered", *_OTHERS.split())
service.ignores("servers start and stop, files travel", *_RUNS.split())
service.ignores("tags are not covered", "TagResource", "UntagResource")
