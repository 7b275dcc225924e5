"""The table of AWS Certificate Manager: certificates, requested and imported.

ACM renews what it issued without a call of anybody, so no event tells of a new end or serial. Sources: the ACM API
reference and the user guide's "Using CloudTrail with AWS Certificate Manager".
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("acm", event_source="acm.amazonaws.com")

certificate = service.resource_type(
    "AWS::CertificateManager::Certificate",
    arn="arn:{partition}:acm:{region}:{account}:certificate/{id}",
    named_by=["responseElements.certificateArn", "requestParameters.certificateArn"],
    gone="ResourceNotFoundException",
)
certificate.created_by("RequestCertificate", "ImportCertificate")
certificate.deleted_by("DeleteCertificate")
# Asked for nothing, ACM lists short RSA keys only, and none that came by ACME.
certificate.listing(
    "ListCertificates",
    {
        "Includes": {
            "keyTypes": [
                "RSA_1024",
                "RSA_2048",
                "RSA_3072",
                "RSA_4096",
                "EC_prime256v1",
                "EC_secp384r1",
                "EC_secp521r1",
            ]
        },
        "CertificateKeyPairOrigins": ["AWS_MANAGED", "CUSTOMER_PROVIDED", "ACME"],
    },
    items="CertificateSummaryList",
    item_id="CertificateArn",
)
certificate.section(
    "certificate",
    "DescribeCertificate",
    {"CertificateArn": "{arn}"},
    value="Certificate",
    # How a domain was validated holds the addresses of people.
    omit=["DomainValidationOptions", "RenewalSummary"],
    # What issuing, renewing and being used change.
    silent=[
        "FailureReason",
        "InUseBy",
        "IssuedAt",
        "NotAfter",
        "NotBefore",
        "RenewalEligibility",
        "Serial",
        "Status",
        "UpdateSummary",
    ],
    changed_by=["RenewCertificate", "RevokeCertificate", "UpdateCertificateOptions"],
    root=True,
)
certificate.section(
    "tags",
    "ListTagsForCertificate",
    {"CertificateArn": "{arn}"},
    value="Tags",
    changed_by=["AddTagsToCertificate", "RemoveTagsFromCertificate"],
)
for _event in ("TagResource", "UntagResource"):
    certificate.event(_event, "tags", named_by="requestParameters.resourceArn")
# A domain is validated, and a certificate issued or renewed, some minutes after the call.
certificate.takes(900.0, "RequestCertificate", "RenewCertificate")

service.ignores_unnamed("tags of ACME endpoints are read by no policy", "TagResource", "UntagResource")
service.ignores(
    "the certificate is handed out as it is", "ExportCertificate", "GetAcmeExternalAccountBindingCredentials"
)
service.ignores("a message is sent again", "ResendValidationEmail")
service.ignores("says when ACM warns of an end, which no policy reads", "PutAccountConfiguration")
service.ignores(
    "how certificates may be asked for by ACME is read by no policy",
    "CreateAcmeDomainValidation",
    "CreateAcmeEndpoint",
    "CreateAcmeExternalAccountBinding",
    "DeleteAcmeDomainValidation",
    "DeleteAcmeEndpoint",
    "DeleteAcmeExternalAccountBinding",
    "RevokeAcmeAccount",
    "RevokeAcmeExternalAccountBinding",
    "UpdateAcmeDomainValidation",
    "UpdateAcmeEndpoint",
)
