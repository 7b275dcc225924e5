"""The table of Amazon Cognito user pools: what exists, how it is read, which events change it.

Sources: the API reference and the developer guide's "Logging in Amazon Cognito". What users do comes in floods and is not
subscribed to.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("cognito-idp", event_source="cognito-idp.amazonaws.com")

user_pool = service.resource_type(
    "AWS::Cognito::UserPool",
    arn="arn:{partition}:cognito-idp:{region}:{account}:userpool/{id}",
    named_by=["requestParameters.userPoolId", "responseElements.userPool.id"],
    gone="ResourceNotFoundException",
)
user_pool.created_by("CreateUserPool")
user_pool.deleted_by("DeleteUserPool")
user_pool.listing("ListUserPools", {"MaxResults": 60}, items="UserPools", item_id="Id")
user_pool.section(
    "user_pool",
    "DescribeUserPool",
    {"UserPoolId": "{id}"},
    value="UserPool",
    silent=["EstimatedNumberOfUsers"],
    changed_by=[
        "UpdateUserPool",
        "SetUserPoolMfaConfig",
        "AddCustomAttributes",
        "CreateUserPoolDomain",
        "UpdateUserPoolDomain",
        "DeleteUserPoolDomain",
    ],
    root=True,
)
user_pool.beside_root("tags", value="UserPool.UserPoolTags || `{}`", changed_by="UpdateUserPool")
for _event in ("TagResource", "UntagResource"):
    user_pool.event(_event, "tags", named_by="requestParameters.resourceArn")
user_pool.shows(
    "user_pool",
    {"requestParameters.mfaConfiguration": "MfaConfiguration"},
    "UpdateUserPool",
    "SetUserPoolMfaConfig",
)

_USERS = """
    AssociateSoftwareToken ChangePassword CompleteWebAuthnRegistration ConfirmDevice ConfirmForgotPassword ConfirmSignUp
    ForgetDevice ForgotPassword GlobalSignOut InitiateAuth ResendConfirmationCode RespondToAuthChallenge RevokeToken
    SignUp StartWebAuthnRegistration UpdateDeviceStatus UpdateUserAttributes VerifySoftwareToken VerifyUserAttribute
    AdminInitiateAuth AdminRespondToAuthChallenge AdminUserGlobalSignOut SetUserMFAPreference SetUserSettings
    DeleteUser DeleteUserAttributes DeleteWebAuthnCredential UpdateAuthEventFeedback
"""
_ADMINISTRATED = """
    AdminAddUserToGroup AdminConfirmSignUp AdminCreateUser AdminDeleteSoftwareToken AdminDeleteUser
    AdminDeleteUserAttributes AdminDisableProviderForUser AdminDisableUser AdminEnableUser AdminForgetDevice
    AdminLinkProviderForUser AdminRemoveUserFromGroup AdminResetUserPassword AdminSetUserMFAPreference
    AdminSetUserPassword AdminSetUserSettings AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus
    AdminUpdateUserAttributes CreateGroup DeleteGroup UpdateGroup CreateUserImportJob StartUserImportJob
    StopUserImportJob
"""
_OTHERS = """
    AddUserPoolClientSecret CreateIdentityProvider CreateManagedLoginBranding CreateResourceServer CreateTerms
    CreateUserPoolClient DeleteIdentityProvider DeleteManagedLoginBranding DeleteResourceServer DeleteTerms
    DeleteUserPoolClient DeleteUserPoolClientSecret SetLogDeliveryConfiguration SetRiskConfiguration SetUICustomization
    UpdateIdentityProvider UpdateManagedLoginBranding UpdateResourceServer UpdateTerms UpdateUserPoolClient
"""
service.ignores("users sign up and in", *_USERS.split(), noise=True)
service.ignores("users and groups are not covered", *_ADMINISTRATED.split())
service.ignores("clients, providers and branding are not covered", *_OTHERS.split())
