"""The table of AWS Secrets Manager: what exists, how it is read, which events change it.

Sources: the API reference, the user guide's "Log AWS Secrets Manager events with AWS CloudTrail", and recorded events. A
secret's ARN ends with six random characters after its name, and they are part of its id here: the name alone can be
had again by another secret. Events name a secret by name or ARN, and nearly all answers have the ARN.

No value of a secret is ever asked for.
"""

from __future__ import annotations

from liveaudit.catalog.types import Service

service = Service("secretsmanager", event_source="secretsmanager.amazonaws.com")

# What describing and listing both tell; versions and replicas are told by the one only.
_TOLD = (
    "ARN",
    "Name",
    "KmsKeyId",
    "RotationEnabled",
    "RotationLambdaARN",
    "RotationRules",
    "LastRotatedDate",
    "LastChangedDate",
    "LastAccessedDate",
    "NextRotationDate",
    "DeletedDate",
    "CreatedDate",
    "OwningService",
    "PrimaryRegion",
    "Tags",
)
_SECRET = "{" + ", ".join(f"{name}: {name}" for name in _TOLD) + "}"

secret = service.resource_type(
    "AWS::SecretsManager::Secret",
    arn="arn:{partition}:secretsmanager:{region}:{account}:secret:{id}",
    named_by=[
        "responseElements.arn",
        "requestParameters.secretId",
        "additionalEventData.SecretId",
        "additionalEventData.ARN",
    ],
    gone="ResourceNotFoundException",
    # Never a name that is no ARN: it may end like one.
    id_pattern=r"arn:.+",
)
secret.also_named_by(
    ["requestParameters.secretId", "requestParameters.name"],
    "DescribeSecret",
    {"SecretId": "{alias}"},
    items="[@]",
    item_id="ARN",
    key="Name",
)
_ARN = {"SecretId": "arn:{partition}:secretsmanager:{region}:{account}:secret:{id}"}
secret.created_by("CreateSecret")
secret.deleted_by("DeleteSecret", "EndSecretVersionDelete")
secret.listing("ListSecrets", items="SecretList", item_id="ARN", provides={"secret": _SECRET})
secret.section(
    "secret",
    "DescribeSecret",
    _ARN,
    value=_SECRET,
    silent=["LastAccessedDate"],
    changed_by=[
        "UpdateSecret",
        "RestoreSecret",
        "PutSecretValue",
        "RotateSecret",
        "CancelRotateSecret",
        "ReplicateSecretToRegions",
        "RemoveRegionsFromReplication",
        "StopReplicationToReplica",
        "UpdateSecretVersionStage",
        "TagResource",
        "UntagResource",
        "RotationSucceeded",
        "RotationFailed",
    ],
    root=True,
)
# Of a secret that waits for its deletion the policy cannot be read.
secret.section(
    "policy_document",
    "GetResourcePolicy",
    _ARN,
    value="ResourcePolicy",
    absent="InvalidRequestException",
    changed_by=["PutResourcePolicy", "DeleteResourcePolicy"],
)
secret.event("RestoreSecret", "policy_document")
service.spells("RotationSucceeded", "RotationFailed", "EndSecretVersionDelete")

secret.shows("secret", {"=true": "RotationEnabled"}, "RotateSecret")
secret.shows("secret", {"=false": "RotationEnabled"}, "CancelRotateSecret")

service.ignores("it only checks a policy", "ValidateResourcePolicy")
_BY_ITSELF = (
    "RotationStarted",
    "RotationAbandoned",
    "StartSecretVersionDelete",
    "CancelSecretVersionDelete",
    "TestRotationStarted",
    "TestRotationSucceeded",
    "TestRotationFailed",
)
service.ignores("a rotation or a deletion has begun, or is only tried", *_BY_ITSELF)
service.spells(*_BY_ITSELF)
