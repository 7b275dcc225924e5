"""Changes in IAM that are none of our business, with the reasons."""

from __future__ import annotations

from liveaudit.services.iam.service import service

service.ignores(
    "an instance profile hands a role to instances and changes nothing about the role",
    "AddRoleToInstanceProfile",
    "CreateInstanceProfile",
    "DeleteInstanceProfile",
    "RemoveRoleFromInstanceProfile",
)
service.ignores(
    "no policy looks at what has these tags",
    *(
        f"{verb}{kind}"
        for verb in ("Tag", "Untag")
        for kind in (
            "InstanceProfile",
            "MFADevice",
            "OpenIDConnectProvider",
            "SAMLProvider",
        )
    ),
)
service.ignores(
    "asks for a report and changes nothing",
    "GenerateCredentialReport",
    "GenerateOrganizationsAccessReport",
    "GenerateServiceLastAccessedDetails",
    noise=True,
)
service.ignores("the account's alias is not audited", "CreateAccountAlias", "DeleteAccountAlias")
service.ignores("sets the clock of a device that stays enabled", "ResyncMFADevice")
service.ignores(
    "SSH keys for CodeCommit are not audited",
    "DeleteSSHPublicKey",
    "UpdateSSHPublicKey",
    "UploadSSHPublicKey",
)
service.ignores(
    "a request for temporary delegated access is not audited; a role made by it has its own event",
    "AcceptDelegationRequest",
    "AssociateDelegationRequest",
    "CreateDelegationRequest",
    "RejectDelegationRequest",
    "SendDelegationToken",
    "UpdateDelegationRequest",
)
service.ignores(
    "no policy reads this setting of the account",
    "DisableOutboundWebIdentityFederation",
    "EnableOutboundWebIdentityFederation",
    "PutAccountProperties",
    "SetSecurityTokenServicePreferences",
)
