"""How one sees that a change of IAM shows, and what takes its time.

IAM is eventually consistent by seconds (user guide, "Changes that I make are not always immediately visible"). What is
not told here is taken from the events' names: see ``catalog/changes.py``.
"""

from __future__ import annotations

from liveaudit.model import Shows
from liveaudit.services.iam.resources import account, group, managed_policy, role, server_certificate, user

for _kind, _type in {"User": user, "Group": group, "Role": role}.items():
    _attached = {"requestParameters.policyArn": "[].PolicyArn"}
    _type.shows("attached_policies", _attached, f"Attach{_kind}Policy")
    _type.shows("attached_policies", _attached, f"Detach{_kind}Policy", as_=Shows.LACKS)
    _inline = {"requestParameters.policyName": "[].PolicyName"}
    _type.shows("inline_policies", _inline, f"Put{_kind}Policy")
    _type.shows("inline_policies", _inline, f"Delete{_kind}Policy", as_=Shows.LACKS)
    _holder = {f"requestParameters.{_kind.lower()}Name": f"Policy{_kind}s[].{_kind}Name"}
    managed_policy.shows("entities", _holder, f"Attach{_kind}Policy")
    managed_policy.shows("entities", _holder, f"Detach{_kind}Policy", as_=Shows.LACKS)

for _kind, _type in {"User": user, "Role": role}.items():
    _boundary = {"requestParameters.permissionsBoundary": "PermissionsBoundaryArn"}
    _type.shows("permissions_boundary", _boundary, f"Put{_kind}PermissionsBoundary")
    _type.shows("permissions_boundary", None, f"Delete{_kind}PermissionsBoundary", as_=Shows.ABSENT)

for _kind, _type in {
    "User": user,
    "Role": role,
    "Policy": managed_policy,
    "ServerCertificate": server_certificate,
}.items():
    _tags = {"requestParameters.tags[].key": "[].Key", "requestParameters.tags[].value": "[].Value"}
    _type.shows("tags", _tags, f"Tag{_kind}")
    _type.shows("tags", {"requestParameters.tagKeys[]": "[].Key"}, f"Untag{_kind}", as_=Shows.LACKS)

for _type, _section, _made, _made_at, _ended, _ended_at, _where in (
    (
        user,
        "access_keys",
        "CreateAccessKey",
        "responseElements.accessKey.accessKeyId",
        "DeleteAccessKey",
        "requestParameters.accessKeyId",
        "[].AccessKeyId",
    ),
    (
        user,
        "mfa_devices",
        "EnableMFADevice",
        "requestParameters.serialNumber",
        "DeactivateMFADevice",
        "requestParameters.serialNumber",
        "[].SerialNumber",
    ),
    (
        user,
        "service_credentials",
        "CreateServiceSpecificCredential",
        "responseElements.serviceSpecificCredential.serviceSpecificCredentialId",
        "DeleteServiceSpecificCredential",
        "requestParameters.serviceSpecificCredentialId",
        "[].ServiceSpecificCredentialId",
    ),
    (
        user,
        "signing_certificates",
        "UploadSigningCertificate",
        "responseElements.certificate.certificateId",
        "DeleteSigningCertificate",
        "requestParameters.certificateId",
        "[].CertificateId",
    ),
    (
        user,
        "groups",
        "AddUserToGroup",
        "requestParameters.groupName",
        "RemoveUserFromGroup",
        "requestParameters.groupName",
        "[].GroupName",
    ),
    (
        account,
        "saml_providers",
        "CreateSAMLProvider",
        "responseElements.sAMLProviderArn",
        "DeleteSAMLProvider",
        "requestParameters.sAMLProviderArn",
        "[].Arn",
    ),
    (
        account,
        "oidc_providers",
        "CreateOpenIDConnectProvider",
        "responseElements.openIDConnectProviderArn",
        "DeleteOpenIDConnectProvider",
        "requestParameters.openIDConnectProviderArn",
        "[].Arn",
    ),
):
    _type.shows(_section, {_made_at: _where}, _made)
    _type.shows(_section, {_ended_at: _where}, _ended, as_=Shows.LACKS)

account.shows(
    "password_policy",
    {"requestParameters.minimumPasswordLength": "MinimumPasswordLength"},
    "UpdateAccountPasswordPolicy",
)
managed_policy.shows("policy", {"requestParameters.versionId": "DefaultVersionId"}, "SetDefaultPolicyVersion")
# It is answered with a task, which IAM works off: API reference, DeleteServiceLinkedRole.
role.takes(600.0, "DeleteServiceLinkedRole")
