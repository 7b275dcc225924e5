"""The table of AWS IAM: what exists, how it is read, which events change it.

Sources: the IAM API reference, the CloudTrail user guide's "userIdentity element" and recorded events. IAM is
global: its events arrive in the partition's home region only.

Who changes credentials of their own names nobody: ``CreateAccessKey`` without ``userName`` concerns the caller. The
caller is then known by ``userIdentity.arn``, which is a user's ARN or the root's. ``userIdentity.userName`` comes
last, because for the root it holds the account's alias.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveaudit.catalog.rows import Each, Prepare
from liveaudit.policies.kept import keeping, leaves
from liveaudit.services.iam.service import service
from liveaudit.services.iam.shapes import (
    first,
    in_order_of,
    lists_in_order_of,
    of_the_root,
    report,
    root_devices,
)

_GONE = "NoSuchEntity"
_OWN_OR_NAMED = ("requestParameters.userName", "userIdentity.arn", "userIdentity.userName")
_POLICY_OF_AWS = "arn:{partition}:iam::aws:policy/"
_ATTACHMENTS = {kind: (f"Attach{kind}Policy", f"Detach{kind}Policy") for kind in ("User", "Group", "Role")}
TAGS = "Tags || `[]`"
_TAGS = keeping(leaves("Key", "Value"))
INLINE_VALUE = "{PolicyName: PolicyName, PolicyDocument: PolicyDocument}"


def _inline(kind: str) -> Mapping[str, Any]:
    """The section of the inline policies of a user, a group or a role: each with its document."""
    return {
        "operation": f"List{kind}Policies",
        "params": {f"{kind}Name": "{id}"},
        "value": "PolicyNames",
        "each": Each(f"Get{kind}Policy", {f"{kind}Name": "{id}", "PolicyName": "{item}"}, value=INLINE_VALUE),
        "shape": in_order_of("PolicyName"),
        "changed_by": [f"Put{kind}Policy", f"Delete{kind}Policy"],
    }


account = service.resource_type(
    "AWS::IAM::Account",
    arn="arn:{partition}:iam::{id}:root",
    is_global=True,
    named_by="{account}",
    always="{account}",
)
account.section("summary", "GetAccountSummary", value="SummaryMap", shape=of_the_root, root=True)
account.section(
    "password_policy",
    "GetAccountPasswordPolicy",
    value="PasswordPolicy",
    absent="NoSuchEntity",
    changed_by=["UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy"],
)
# A device that is assigned to nobody protects nobody.
account.section(
    "virtual_mfa_devices",
    "ListVirtualMFADevices",
    {"AssignmentStatus": "Assigned"},
    value="VirtualMFADevices",
    shape=root_devices,
    changed_by=["CreateVirtualMFADevice", "DeleteVirtualMFADevice"],
)
# A new report is made every four hours at most, and it is the only place that tells when the root was used.
account.section(
    "credential_report",
    "GetCredentialReport",
    value="Content",
    prepare=Prepare(
        "GenerateCredentialReport",
        codes=frozenset({"ReportNotPresent", "ReportExpired"}),
        pending=frozenset({"ReportInProgress"}),
    ),
    shape=report,
)
account.section(
    "saml_providers",
    "ListSAMLProviders",
    value="SAMLProviderList",
    changed_by=["CreateSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider"],
)
account.section(
    "oidc_providers",
    "ListOpenIDConnectProviders",
    value="OpenIDConnectProviderList",
    each=Each(
        "GetOpenIDConnectProvider",
        {"OpenIDConnectProviderArn": "{item.Arn}"},
        value="{Url: Url, ClientIDList: ClientIDList, ThumbprintList: ThumbprintList}",
        into="Provider",
    ),
    changed_by=[
        "CreateOpenIDConnectProvider",
        "DeleteOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint",
        "AddClientIDToOpenIDConnectProvider",
        "RemoveClientIDFromOpenIDConnectProvider",
    ],
)
account.section(
    "organization",
    "DescribeOrganization",
    client="organizations",
    value="Organization",
    absent="AWSOrganizationsNotInUseException",
)
# Only the management account (or its delegate) may ask; who may is told by ``organization``.
account.section(
    "central_root_features",
    "ListOrganizationsFeatures",
    value="EnabledFeatures",
    absent=[
        "AccountNotManagementOrDelegatedAdministratorException",
        "OrganizationNotFoundException",
        "OrganizationNotInAllFeaturesModeException",
        "ServiceAccessNotEnabledException",
    ],
    changed_by=[
        "EnableOrganizationsRootCredentialsManagement",
        "DisableOrganizationsRootCredentialsManagement",
        "EnableOrganizationsRootSessions",
        "DisableOrganizationsRootSessions",
    ],
)
# These are the root's own only when the caller's ARN is the root's; of any other caller that path names nothing here.
for _event in (
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeleteAccessKey",
    "CreateLoginProfile",
    "UpdateLoginProfile",
    "DeleteLoginProfile",
    "EnableMFADevice",
    "DeactivateMFADevice",
    "UploadSigningCertificate",
    "UpdateSigningCertificate",
    "DeleteSigningCertificate",
):
    account.event(_event, "summary", "virtual_mfa_devices", named_by="userIdentity.arn")

group = service.resource_type(
    "AWS::IAM::Group",
    arn="arn:{partition}:iam::{account}:group/{id}",
    is_global=True,
    named_by="requestParameters.groupName",
    gone=_GONE,
    arn_has_path=True,
)
group.arn_from = "Arn"
group.has_no_tags()
group.created_by("CreateGroup")
group.deleted_by("DeleteGroup")
group.listing("ListGroups", items="Groups", item_id="GroupName", provides={"group": "@"})
group.section("group", "GetGroup", {"GroupName": "{id}"}, value="Group", pages=False, root=True)
group.renamed_by("UpdateGroup", new="requestParameters.newGroupName")
group.section(
    "attached_policies",
    "ListAttachedGroupPolicies",
    {"GroupName": "{id}"},
    value="AttachedPolicies",
    shape=in_order_of("PolicyArn"),
    changed_by=_ATTACHMENTS["Group"],
)
group.section("inline_policies", **_inline("Group"))

user = service.resource_type(
    "AWS::IAM::User",
    arn="arn:{partition}:iam::{account}:user/{id}",
    is_global=True,
    named_by="requestParameters.userName",
    gone=_GONE,
    # The console's calls for the root carry the user name "AWS ROOT USER", which no user can have.
    id_pattern=r"[\w+=,.@-]+",
    arn_has_path=True,
)
_USER = {"UserName": "{id}"}
user.arn_from = "Arn"
user.created_by("CreateUser")
user.deleted_by("DeleteUser")
user.renamed_by("UpdateUser", named_by="requestParameters.userName", new="requestParameters.newUserName")
user.listing("ListUsers", items="Users", item_id="UserName", provides={"user": "@"})
user.section("user", "GetUser", _USER, value="User", omit=["Tags", "PermissionsBoundary"], root=True)
user.section(
    "permissions_boundary",
    "GetUser",
    _USER,
    value="User.PermissionsBoundary",
    changed_by=["PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"],
)
user.beside_root("tags", value=f"User.{TAGS}", shape=_TAGS, changed_by=["TagUser", "UntagUser"])
user.section("login_profile", "GetLoginProfile", _USER, value="LoginProfile", absent="NoSuchEntity")
user.section("mfa_devices", "ListMFADevices", _USER, value="MFADevices")
user.section(
    "access_keys",
    "ListAccessKeys",
    _USER,
    value="AccessKeyMetadata",
    each=Each(
        "GetAccessKeyLastUsed",
        {"AccessKeyId": "{item.AccessKeyId}"},
        value="AccessKeyLastUsed",
        into="LastUsed",
    ),
    silent="LastUsed",
)
user.section(
    "service_credentials", "ListServiceSpecificCredentials", _USER, value="ServiceSpecificCredentials"
)
user.section(
    "signing_certificates",
    "ListSigningCertificates",
    _USER,
    value="Certificates[].{CertificateId: CertificateId, Status: Status, UploadDate: UploadDate}",
)
user.section(
    "attached_policies",
    "ListAttachedUserPolicies",
    _USER,
    value="AttachedPolicies",
    shape=in_order_of("PolicyArn"),
    changed_by=_ATTACHMENTS["User"],
)
user.section("inline_policies", **_inline("User"))
user.section(
    "groups",
    "ListGroupsForUser",
    _USER,
    value="Groups[].{GroupName: GroupName}",
    shape=in_order_of("GroupName"),
)
user.references("group_policies", group, "attached_policies", ids="groups[].GroupName")
# Other groups are other groups' policies, and it is these that the policies of a user read.
for _event in ("AddUserToGroup", "RemoveUserFromGroup"):
    user.event(_event, "groups", "group_policies")
for _section, _events in {
    "login_profile": ("CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile", "ChangePassword"),
    "mfa_devices": ("EnableMFADevice", "DeactivateMFADevice"),
    "access_keys": ("CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey"),
    "service_credentials": (
        "CreateServiceSpecificCredential",
        "UpdateServiceSpecificCredential",
        "ResetServiceSpecificCredential",
        "DeleteServiceSpecificCredential",
    ),
    "signing_certificates": (
        "UploadSigningCertificate",
        "UpdateSigningCertificate",
        "DeleteSigningCertificate",
    ),
}.items():
    for _event in _events:
        user.event(_event, _section, named_by=_OWN_OR_NAMED)

role = service.resource_type(
    "AWS::IAM::Role",
    arn="arn:{partition}:iam::{account}:role/{id}",
    is_global=True,
    named_by="requestParameters.roleName",
    gone=_GONE,
    arn_has_path=True,
)
_ROLE = {"RoleName": "{id}"}
role.arn_from = "Arn"
role.created_by("CreateRole")
role.created_by("AcquireRole", "CreateServiceLinkedRole", named_by="responseElements.role.roleName")
role.deleted_by("DeleteRole", "DeleteServiceLinkedRole")
role.listing("ListRoles", items="Roles", item_id="RoleName", provides={"role": "@"})
role.section(
    "role",
    "GetRole",
    _ROLE,
    value="Role",
    omit=["Tags", "PermissionsBoundary", "RoleLastUsed"],
    changed_by=["UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"],
    root=True,
)
role.section(
    "permissions_boundary",
    "GetRole",
    _ROLE,
    value="Role.PermissionsBoundary",
    changed_by=["PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary"],
)
role.beside_root("tags", value=f"Role.{TAGS}", shape=_TAGS, changed_by=["TagRole", "UntagRole"])
role.section(
    "attached_policies",
    "ListAttachedRolePolicies",
    _ROLE,
    value="AttachedPolicies",
    shape=in_order_of("PolicyArn"),
    changed_by=_ATTACHMENTS["Role"],
)
role.section("inline_policies", **_inline("Role"))

# A policy of AWS's is, in each account, a resource of that account: who has it attached differs.
managed_policy = service.resource_type(
    "AWS::IAM::ManagedPolicy",
    arn="{id}",
    is_global=True,
    named_by="requestParameters.policyArn",
    gone=_GONE,
    id_pattern=r"arn:[\w-]+:iam::(\d{12}|aws):policy/.+",
    always=[
        _POLICY_OF_AWS + name
        for name in ("AdministratorAccess", "AWSCloudShellFullAccess", "AWSSupportAccess")
    ],
)
_POLICY = {"PolicyArn": "{id}"}
managed_policy.created_by("CreatePolicy", named_by="responseElements.policy.arn")
managed_policy.deleted_by("DeletePolicy")
for _scope in ({"Scope": "Local"}, {"Scope": "AWS", "OnlyAttached": True}):
    managed_policy.listing("ListPolicies", _scope, items="Policies", item_id="Arn", provides={"policy": "@"})
managed_policy.section(
    "policy", "GetPolicy", _POLICY, value="Policy", omit=["Description", "Tags"], root=True
)
managed_policy.beside_root(
    "tags", value=f"Policy.{TAGS}", shape=_TAGS, changed_by=["TagPolicy", "UntagPolicy"]
)
managed_policy.section(
    "document",
    "GetPolicy",
    _POLICY,
    value="[Policy]",
    each=Each(
        "GetPolicyVersion",
        {"PolicyArn": "{id}", "VersionId": "{item.DefaultVersionId}"},
        value="PolicyVersion.Document",
    ),
    shape=first,
)
managed_policy.section(
    "entities",
    "ListEntitiesForPolicy",
    {"PolicyArn": "{id}", "PolicyUsageFilter": "PermissionsPolicy"},
    shape=lists_in_order_of("PolicyGroups", "PolicyUsers", "PolicyRoles"),
)
for _event in ("CreatePolicyVersion", "SetDefaultPolicyVersion", "DeletePolicyVersion"):
    managed_policy.event(_event, "policy", "document")
for _events in _ATTACHMENTS.values():
    for _event in _events:
        managed_policy.event(_event, "policy", "entities")

server_certificate = service.resource_type(
    "AWS::IAM::ServerCertificate",
    arn="arn:{partition}:iam::{account}:server-certificate/{id}",
    is_global=True,
    named_by="requestParameters.serverCertificateName",
    gone=_GONE,
    arn_has_path=True,
)
server_certificate.arn_from = "Arn"
server_certificate.section(
    "certificate",
    "GetServerCertificate",
    {"ServerCertificateName": "{id}"},
    value="ServerCertificate.ServerCertificateMetadata",
    root=True,
)
server_certificate.beside_root(
    "tags",
    value=f"ServerCertificate.{TAGS}",
    shape=_TAGS,
    changed_by=["TagServerCertificate", "UntagServerCertificate"],
)
server_certificate.listing(
    "ListServerCertificates",
    items="ServerCertificateMetadataList",
    item_id="ServerCertificateName",
    provides={"certificate": "@"},
)
server_certificate.created_by("UploadServerCertificate")
server_certificate.renamed_by("UpdateServerCertificate", new="requestParameters.newServerCertificateName")
server_certificate.deleted_by("DeleteServerCertificate")
