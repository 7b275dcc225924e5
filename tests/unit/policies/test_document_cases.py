"""The judge's case table: document, question, expected answer, why. Decided by AWS's evaluation rules.

Expected are the positions of the statements found (public, admin ...), the principals (foreign, trust ...), a truth
value (tls, allows) or the names of the paths (escalation).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liveaudit.policies.documents import (
    S3_WRITE_ACTIONS,
    Document,
    allows,
    allows_some,
    assumable_by_other_accounts,
    assumes_any_role,
    denies_insecure_transport,
    external_accounts_without_external_id,
    foreign_grants,
    full_access,
    is_administrator,
    parse,
    privilege_escalations,
    public_grants,
    saml_without_audience,
    service_grants_without_source,
    service_trust_without_source,
    trust_allows_anyone,
    web_identity_without_subject,
)

OWN, PARTNER, OTHER = "111111111111", "222222222222", "999999999999"
BUCKET = "arn:aws:s3:::b"
OBJECTS = "arn:aws:s3:::b/*"
BOTH = [BUCKET, OBJECTS]
ORG = "o-abcdefghij"
GITHUB = "token.actions.githubusercontent.com"

Json = dict[str, Any]
Row = tuple[Any, Any, str]


def allow(principal: Any = "*", action: Any = "s3:GetObject", resource: Any = OBJECTS, **more: Any) -> Json:
    """An Allow of a resource policy. ``principal=None`` leaves the element out; ``when`` is the Condition."""
    return statement("Allow", principal, action, resource, **more)


def deny(principal: Any = "*", action: Any = "s3:*", resource: Any = None, **more: Any) -> Json:
    return statement("Deny", principal, action, resource or BOTH, **more)


def statement(effect: str, principal: Any, action: Any, resource: Any, when: Any = None, **more: Any) -> Json:
    found: Json = {"Effect": effect, "Principal": principal, "Action": action, "Resource": resource}
    found |= {"Condition": when} if when is not None else {}
    found |= more
    return {key: value for key, value in found.items() if value is not None}


def may(action: Any, resource: Any = "*", **more: Any) -> Json:
    """An Allow of an identity policy."""
    return statement("Allow", None, action, resource, **more)


def may_not(action: Any, resource: Any = "*", **more: Any) -> Json:
    return statement("Deny", None, action, resource, **more)


def trusts(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> Json:
    return statement("Allow", principal, action, None, **more)


def document(statements: Any, version: str = "2012-10-17") -> Document:
    return parse({"Version": version, "Statement": statements})


def aws(*values: str) -> Json:
    return {"AWS": list(values)}


def eq(key: str, *values: Any) -> Json:
    return {"StringEquals": {key: list(values)}}


def like(key: str, *values: Any) -> Json:
    return {"StringLike": {key: list(values)}}


def ip(*values: str) -> Json:
    return {"IpAddress": {"aws:SourceIp": list(values)}}


def rows(*found: Row) -> list[Any]:
    return [pytest.param(case, expected, id=why) for case, expected, why in found]


# ---------------------------------------------------------------------------------------------------------------
# public: which statements let anyone in

PRINCIPALS = rows(
    (allow("*"), [0], "star"),
    (allow({"AWS": "*"}), [0], "AWS star"),
    (allow({"AWS": ["*"]}), [0], "AWS star in a list"),
    (allow(aws("arn:aws:iam::111111111111:root", "*")), [0], "star among others"),
    (allow({"AWS": OWN}), [], "an account id"),
    (allow(aws(f"arn:aws:iam::{OTHER}:root")), [], "a root ARN, foreign but not public"),
    (allow(aws(f"arn:aws:iam::{OWN}:role/x")), [], "a role"),
    (allow(aws(f"arn:aws:iam::{OWN}:user/path/x")), [], "a user with a path"),
    (allow(aws(f"arn:aws:sts::{OWN}:assumed-role/x/session")), [], "a session"),
    (allow(aws(f"arn:aws-cn:iam::{OWN}:root")), [], "an account in China"),
    (allow(aws(f"arn:aws-us-gov:iam::{OWN}:root")), [], "an account in GovCloud"),
    (allow(aws("arn:aws:iam::*:root")), [0], "a wildcard account is read as anyone"),
    (allow(aws("arn:aws:iam::*:role/admin")), [0], "a role of any account is read as anyone"),
    (allow(aws("arn:aws:iam::1111*:root")), [0], "a partial account is read as anyone"),
    (
        allow({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
        [],
        "a canonical id",
    ),
    (allow({"Service": "sns.amazonaws.com"}), [], "a service"),
    (allow({"Service": "*"}), [0], "any service is anyone through a service"),
    (allow({"Federated": "cognito-identity.amazonaws.com"}), [], "a federation provider"),
    (allow({"Federated": "*"}), [0], "any federation provider"),
    (allow(aws("AROAEXAMPLEID12345678")), [], "a deleted role matches nobody"),
    (allow(aws("AIDAEXAMPLEID12345678")), [], "a deleted user matches nobody"),
    (allow(None, NotPrincipal={"AWS": OWN}), [0], "NotPrincipal with Allow is nearly everyone"),
    (allow(None), [], "without Principal it is no resource policy"),
    (allow({"AWS": "*", "Service": "sns.amazonaws.com"}), [0], "star beside a service"),
    (
        allow(aws("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1")),
        [],
        "an origin access identity",
    ),
    ([], [], "no statement at all"),
    (deny("*"), [], "only a Deny"),
)

NARROWING = rows(
    (allow(when=eq("aws:SourceIp", "203.0.113.7")), [], "a fixed address compared as text"),
    (allow(when=ip("203.0.113.0/24")), [], "a fixed network"),
    (allow(when=ip("203.0.113.7")), [], "a single address"),
    (allow(when=ip("0.0.0.0/0")), [0], "the whole of IPv4"),
    (allow(when=ip("::/0")), [0], "the whole of IPv6"),
    (allow(when=ip("203.0.113.0/24", "0.0.0.0/0")), [0], "one wide value among narrow ones"),
    (allow(when=ip("0.0.0.0/1", "128.0.0.0/1")), [0], "the whole of IPv4 in halves"),
    (allow(when=ip("0.0.0.0/1")), [0], "half the Internet"),
    (allow(when=ip(*[f"{n}.0.0.0/8" for n in range(256)])), [0], "the whole of IPv4 in 256 pieces"),
    (allow(when=ip("52.0.0.0/6")), [0], "an IPv4 network wider than /8"),
    (allow(when=ip("52.0.0.0/8")), [], "a /8 is what S3 still calls narrow"),
    (allow(when=ip("2001::/16")), [0], "an IPv6 network wider than /32"),
    (allow(when=ip("2001:db8::/32")), [], "an IPv6 /32"),
    (allow(when=ip("10.0.0.0/8")), [], "private addresses"),
    (allow(when=ip("fc00::/7")), [], "private IPv6 addresses"),
    (allow(when=ip("10.0.0.0/8", "::/0")), [0], "private IPv4 beside all of IPv6"),
    (allow(when=ip("not an address")), [0], "an unreadable address narrows nothing"),
    (allow(when={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), [0], "everybody but a network"),
    (
        allow(when={"IpAddressIfExists": {"aws:SourceIp": "203.0.113.0/24"}}),
        [0],
        "absent over a VPC endpoint",
    ),
    (
        allow(when={"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}),
        [0],
        "anyone's VPC may have these addresses",
    ),
    (allow(when=like("aws:SourceIp", "203.0.113.*")), [0], "a text wildcard on an address"),
    (allow(when=eq("aws:PrincipalOrgID", ORG)), [], "one organization"),
    (allow(when=eq("AWS:principalorgid", ORG)), [], "keys are case-insensitive"),
    (allow(when={"stringequals": {"aws:PrincipalOrgID": ORG}}), [], "operators are case-insensitive"),
    (
        allow(when={"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}}),
        [0],
        "IfExists on a key that may be missing",
    ),
    (
        allow(
            when={
                "StringEqualsIfExists": {"aws:PrincipalOrgID": ORG},
                "Null": {"aws:PrincipalOrgID": "false"},
            }
        ),
        [],
        "IfExists with the key required beside it",
    ),
    (
        allow(
            when={"StringEqualsIfExists": {"aws:PrincipalOrgID": ORG}, "Null": {"aws:PrincipalOrgID": "true"}}
        ),
        [0],
        "the key required to be missing",
    ),
    (allow(when={"Null": {"aws:PrincipalOrgID": "false"}}), [0], "in any organization"),
    (allow(when={"Null": {"aws:SourceVpce": False}}), [0], "over any VPC endpoint"),
    (allow(when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}}), [0], "everybody but an organization"),
    (allow(when=like("aws:PrincipalOrgID", "o-*")), [0], "any organization by wildcard"),
    (allow(when=like("aws:PrincipalOrgID", ORG)), [], "StringLike with a fixed value"),
    (allow(when=eq("aws:PrincipalOrgID", ORG, "o-zzzzzzzzzz")), [], "two organizations"),
    (allow(when=like("aws:PrincipalOrgID", ORG, "*")), [0], "a list with a star"),
    (allow(when=eq("aws:PrincipalOrgID", "${aws:PrincipalOrgID}")), [0], "a variable that the caller fills"),
    (allow(when=eq("aws:PrincipalOrgID", "${aws:ResourceOrgID}")), [], "the resource's own organization"),
    (allow(when=eq("aws:PrincipalAccount", "${aws:ResourceAccount}")), [], "the resource's own account"),
    (
        allow(when={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/r-ab12/*"}}),
        [],
        "a path in one organization",
    ),
    (
        allow(when={"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-*/r-ab12/*"}}),
        [0],
        "a path in any one",
    ),
    (
        allow(when={"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}}),
        [0],
        "ForAllValues holds for a missing key",
    ),
    (
        allow(
            when={
                "ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"},
                "Null": {"aws:PrincipalOrgPaths": "false"},
            }
        ),
        [],
        "ForAllValues with the key required",
    ),
    (allow(when={"ForAnyValue:StringEquals": {"aws:SourceVpce": "vpce-1"}}), [], "ForAnyValue needs the key"),
    (
        allow(when={"ForAllValues:StringEquals": {"aws:SourceVpce": "vpce-1"}}),
        [0],
        "ForAllValues on a single value",
    ),
    (allow(when=eq("aws:SourceVpce", "vpce-1a2b3c4d")), [], "a VPC endpoint"),
    (allow(when=eq("aws:SourceVpc", "vpc-1a2b3c4d")), [], "a VPC"),
    (allow(when=like("aws:SourceVpce", "vpce-*")), [0], "any VPC endpoint"),
    (allow(when=eq("aws:VpceAccount", OWN)), [], "VPC endpoints of one account"),
    (allow(when=eq("aws:VpceOrgID", ORG)), [], "VPC endpoints of one organization"),
    (allow(when=eq("aws:SourceAccount", OWN)), [], "a source account"),
    (allow(when=eq("aws:SourceAccount", 111111111111)), [], "an account as a number"),
    (allow(when=like("aws:SourceAccount", "1111*")), [0], "a part of an account id"),
    (allow(when=eq("aws:SourceOwner", OWN)), [], "SNS's source owner"),
    (allow(when=eq("kms:CallerAccount", OWN)), [], "KMS's caller account"),
    (
        allow(when=eq("kms:ViaService", "s3.eu-west-1.amazonaws.com")),
        [0],
        "anyone may come through a service",
    ),
    (allow(when=eq("s3:DataAccessPointAccount", OWN)), [], "access points of one account"),
    (
        allow(when=like("s3:DataAccessPointArn", f"arn:aws:s3:eu-west-1:{OWN}:accesspoint/*")),
        [],
        "access points of one account by ARN",
    ),
    (
        allow(when=like("s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:*:accesspoint/x")),
        [0],
        "access points of anyone",
    ),
    (allow(when={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}}), [], "topics of one account"),
    (
        allow(when={"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}}),
        [],
        "ArnEquals knows wildcards too",
    ),
    (allow(when={"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:mine"}}), [0], "a topic of any account"),
    (allow(when={"ArnLike": {"aws:SourceArn": "*"}}), [0], "any source"),
    (
        allow(when={"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:mybucket"}}),
        [],
        "a bucket, whose ARN has no account",
    ),
    (allow(when={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::my*"}}), [0], "any bucket that begins so"),
    (allow(when={"ArnNotLike": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}}), [0], "all but these topics"),
    (
        allow(when={"ArnLikeIfExists": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}}),
        [0],
        "or no source at all",
    ),
    (
        allow(when=like("aws:SourceArn", f"arn:aws:sns:eu-west-1:{OWN}:*")),
        [],
        "StringLike with the account before it",
    ),
    (
        allow(when=like("aws:SourceArn", f"arn:aws:lambda:*:{OWN}:*")),
        [0],
        "under StringLike the star crosses colons: anyone's function named like the account",
    ),
    (allow(when={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:role/*"}}), [], "roles of one account"),
    (allow(when={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}), [0], "a role of any account"),
    (allow(when=like("aws:PrincipalArn", "*")), [0], "a star narrows nothing"),
    (allow(when=eq("aws:PrincipalArn", "*")), [], "StringEquals takes the star literally: nobody"),
    (allow(when=eq("aws:PrincipalAccount", OWN)), [], "a caller's account"),
    (allow(when=eq("aws:userid", "AIDAEXAMPLEID12345678")), [], "a user's unique id"),
    (allow(when=like("aws:userid", "AROAEXAMPLEID12345678:*")), [], "a role's sessions by its unique id"),
    (allow(when=like("aws:userid", "*:session")), [0], "any role's session of a name"),
    (allow(when=eq("aws:username", "bob")), [0], "every account may have a Bob"),
    (allow(when=eq("aws:PrincipalTag/team", "red")), [0], "anyone may tag himself"),
    (allow(when=eq("aws:PrincipalType", "User")), [0], "a type of principal"),
    (allow(when=like("aws:Referer", "https://example.com/*")), [0], "a header that the caller writes"),
    (allow(when=eq("aws:UserAgent", "secret")), [0], "a user agent is no secret"),
    (allow(when={"Bool": {"aws:SecureTransport": "true"}}), [0], "transport does not narrow"),
    (allow(when={"Bool": {"aws:MultiFactorAuthPresent": "true"}}), [0], "MFA of anyone"),
    (allow(when=eq("s3:x-amz-acl", "private")), [0], "a canned ACL"),
    (allow(when={"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}), [0], "a date"),
    (allow(when={"NumericLessThan": {"s3:max-keys": 10}}), [0], "a number"),
    (allow(when=eq("aws:RequestedRegion", "eu-west-1")), [0], "a region"),
    (allow(when=eq("lambda:FunctionUrlAuthType", "NONE")), [0], "a function URL without authentication"),
    (allow(when=eq("sns:Protocol", "https")), [0], "a protocol"),
    (allow(when=eq("s3:ExistingObjectTag/public", "yes")), [0], "the object's tag"),
    (allow(when={"Bool": {"aws:PrincipalIsAWSService": "true"}}), [], "AWS services only"),
    (allow(when={"Bool": {"aws:PrincipalIsAWSService": "false"}}), [0], "all but AWS services"),
    (allow(when={"Bool": {"aws:ViaAWSService": "true"}}), [0], "anyone through a service"),
    (allow(when={"Bool": {"elasticfilesystem:AccessedViaMountTarget": True}}), [], "EFS's own network"),
    (
        allow(
            when=eq("s3:x-amz-server-side-encryption-aws-kms-key-id", f"arn:aws:kms:eu-west-1:{OWN}:key/1")
        ),
        [],
        "S3 takes a fixed key for narrowing",
    ),
    (allow(when={"FooBar": {"aws:PrincipalOrgID": ORG}}), [0], "an unknown operator narrows nothing"),
    (allow(when={"NumericEquals": {"aws:SourceAccount": OWN}}), [0], "a wrong operator narrows nothing"),
    (allow(when={"StringEquals": {"aws:SourceAccount": []}}), [0], "no value narrows nothing"),
    (allow(when={}), [0], "an empty Condition"),
    (
        allow(when={"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": ORG}}),
        [],
        "one narrowing condition among others is enough",
    ),
    (
        allow(when={"StringEquals": {"aws:PrincipalOrgID": ORG, "s3:x-amz-acl": "private"}}),
        [],
        "one narrowing key among others is enough",
    ),
)

DENIES = rows(
    ([allow(), deny()], [], "a Deny for everyone on the same"),
    ([allow(), deny({"AWS": "*"})], [], "a Deny for AWS star"),
    ([deny(), allow()], [], "order does not matter"),
    ([allow(), deny(aws(f"arn:aws:iam::{OWN}:user/bob"))], [0], "a Deny for one user only"),
    ([allow(), deny(aws(f"arn:aws:iam::{OWN}:root"))], [0], "a Deny for one account only"),
    ([allow(), deny(action="s3:PutObject")], [0], "a Deny of something else"),
    ([allow(), deny(action="s3:Get*")], [], "a Deny of a wider action"),
    ([allow(action="s3:Get*"), deny(action="s3:GetObject")], [0], "a Deny of a narrower action"),
    ([allow(), deny(resource=BUCKET)], [0], "a Deny on the bucket only"),
    ([allow(), deny(resource="arn:aws:s3:::b/private/*")], [0], "a Deny on a part of the objects"),
    ([allow(), deny(resource="*")], [], "a Deny on everything"),
    (
        [allow(resource=BOTH), deny(resource=BUCKET), deny(resource=OBJECTS)],
        [],
        "two Denies that cover together",
    ),
    ([allow(resource=BOTH), deny(resource=OBJECTS)], [0], "the bucket is left"),
    ([allow(action=["s3:GetObject", "s3:PutObject"]), deny(action="s3:GetObject")], [0], "an action is left"),
    ([allow(), deny(None, NotPrincipal={"AWS": OWN})], [], "a Deny for all but ours"),
    ([allow(), deny(None, NotPrincipal={"AWS": "*"})], [0], "a Deny for nobody"),
    (
        [allow(), deny(None, NotPrincipal={"AWS": OTHER})],
        [],
        "all but a fixed foreigner: foreign, not public",
    ),
    ([allow(), deny(action=None, NotAction="s3:PutObject")], [], "a Deny of all but something else"),
    ([allow(), deny(action=None, NotAction="s3:Get*")], [0], "a Deny of all but this"),
    (
        [allow(), deny(resource=None, Resource=None, NotResource="arn:aws:s3:::c/*")],
        [],
        "a Deny on all but another",
    ),
    ([allow(), deny(resource=None, Resource=None, NotResource=OBJECTS)], [0], "a Deny on all but this"),
    (
        [allow(), deny(when={"Bool": {"aws:SecureTransport": "false"}})],
        [0],
        "a Deny of plain HTTP leaves TLS",
    ),
    (
        [allow(), deny(when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}})],
        [],
        "a Deny unless our organization",
    ),
    (
        [allow(), deny(when={"StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORG}})],
        [],
        "with IfExists a missing key is denied as well",
    ),
    (
        [allow(), deny(when={"StringNotLike": {"aws:PrincipalOrgID": "o-*"}})],
        [0],
        "a Deny unless any organization",
    ),
    (
        [allow(), deny(when={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
        [],
        "a Deny unless our network",
    ),
    ([allow(), deny(when={"NotIpAddress": {"aws:SourceIp": "0.0.0.0/0"}})], [0], "a Deny unless anywhere"),
    ([allow(), deny(when={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})], [0], "a Deny of one network"),
    (
        [
            allow(),
            deny(
                when={
                    "StringNotEquals": {"aws:PrincipalOrgID": ORG},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
        ],
        [],
        "a Deny unless our organization or an AWS service",
    ),
    (
        [
            allow(),
            deny(
                when={
                    "StringNotEquals": {"aws:PrincipalOrgID": ORG},
                    "Bool": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
        ],
        [0],
        "without IfExists the Deny needs a key that is missing for the anonymous",
    ),
    (
        [
            allow(),
            deny(
                when={
                    "StringNotEquals": {"aws:PrincipalOrgID": ORG},
                    "StringNotEquals ": {"aws:PrincipalTag/x": "y"},
                }
            ),
        ],
        [0],
        "an unknown operator in a Deny: it may never hit",
    ),
    (
        [
            allow(),
            deny(when={"StringNotEquals": {"aws:PrincipalOrgID": ORG, "aws:PrincipalTag/team": "red"}}),
        ],
        [0],
        "a tag lets anyone around the Deny",
    ),
    (
        [allow(), deny(when={"ForAllValues:StringNotLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}})],
        [],
        "ForAllValues in a Deny holds for a missing key",
    ),
    (
        [allow(), deny(when={"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": f"{ORG}/*"}})],
        [0],
        "ForAnyValue in a Deny does not hit a missing key",
    ),
    (
        [
            allow(when={"Bool": {"aws:SecureTransport": "false"}}),
            deny(when={"Bool": {"aws:SecureTransport": ["false"]}}),
        ],
        [],
        "the Deny holds whenever the Allow does",
    ),
    ([allow(), deny(None)], [], "a Deny without Principal speaks of whoever comes"),
    (
        [allow(), allow({"AWS": OWN}), deny(action="s3:PutObject"), allow(action="s3:ListBucket")],
        [0, 3],
        "several",
    ),
)

ACTIONS = rows(
    ((allow(action="s3:PutObjectA*"), S3_WRITE_ACTIONS), [0], "a pattern inside the set of writes"),
    ((allow(action="s3:P*"), S3_WRITE_ACTIONS), [0], "a wider pattern"),
    ((allow(action="s3:*Object"), S3_WRITE_ACTIONS), [0], "a pattern by its end"),
    ((allow(action="s3:?utObject"), S3_WRITE_ACTIONS), [0], "a question mark"),
    ((allow(action="S3:PUTOBJECT"), S3_WRITE_ACTIONS), [0], "capitals"),
    ((allow(action="*"), S3_WRITE_ACTIONS), [0], "star"),
    ((allow(action="*:*"), S3_WRITE_ACTIONS), [0], "star colon star"),
    ((allow(action="s*:*"), S3_WRITE_ACTIONS), [0], "a star inside the service"),
    ((allow(action=["s3:GetObject", "s3:DeleteObject"]), S3_WRITE_ACTIONS), [0], "one of a list"),
    ((allow(action="s3:Get*"), S3_WRITE_ACTIONS), [], "reads only"),
    ((allow(action=["s3:GetObject", "s3:ListBucket"]), S3_WRITE_ACTIONS), [], "reads in a list"),
    ((allow(action=None, NotAction="s3:Get*"), S3_WRITE_ACTIONS), [0], "all but reads"),
    ((allow(action=None, NotAction="s3:*"), S3_WRITE_ACTIONS), [], "all but S3"),
    (
        (allow(action=None, NotAction=["s3:Put*", "s3:Delete*"]), ["s3:PutObject"]),
        [],
        "all but what is asked",
    ),
    ((allow(action="sqs:SendMessage"), S3_WRITE_ACTIONS), [], "another service"),
    (([allow(action="s3:*"), deny(action="s3:Put*")], ["s3:PutObject"]), [], "the asked part is denied"),
    (([allow(action="s3:*"), deny(action="s3:Put*")], S3_WRITE_ACTIONS), [0], "deleting is left"),
)

RESOURCES = rows(
    ((allow(resource=OBJECTS), "arn:aws:s3:::b/secret"), [0], "an object"),
    ((allow(resource="arn:aws:s3:::b/public/*"), "arn:aws:s3:::b/secret"), [], "another folder"),
    ((allow(resource="*"), BUCKET), [0], "star"),
    ((allow(resource="arn:aws:s3:::*"), BUCKET), [0], "all buckets"),
    ((allow(resource="arn:aws:s3:::?"), BUCKET), [0], "a question mark"),
    ((allow(resource="arn:aws:s3:::B"), BUCKET), [], "ARNs are case-sensitive"),
    ((allow(resource=None, NotResource="arn:aws:s3:::c*"), BUCKET), [0], "all but another"),
    ((allow(resource=None, NotResource="arn:aws:s3:::b*"), BUCKET), [], "all but this"),
    ((allow(resource="arn:aws:s3:::${aws:username}"), BUCKET), [0], "a variable may come to this"),
    ((allow(resource="arn:aws:s3"), BUCKET), [0], "AWS completes a short ARN by wildcards"),
    (([allow(resource="*"), deny(resource=BUCKET)], BUCKET), [], "the asked part is denied"),
    (
        ([allow(resource="*"), deny(resource="arn:aws:s3:::${aws:username}")], BUCKET),
        [0],
        "a Deny on a variable",
    ),
)


@pytest.mark.parametrize(("case", "expected"), PRINCIPALS + NARROWING + DENIES)
def test_public(case: Any, expected: list[int]) -> None:
    assert [grant.statement for grant in public_grants(document(case))] == expected


@pytest.mark.parametrize(("case", "expected"), ACTIONS)
def test_public_by_action(case: Any, expected: list[int]) -> None:
    statements, actions = case
    assert [grant.statement for grant in public_grants(document(statements), actions=actions)] == expected


@pytest.mark.parametrize(("case", "expected"), RESOURCES)
def test_public_by_resource(case: Any, expected: list[int]) -> None:
    statements, resource = case
    assert [grant.statement for grant in public_grants(document(statements), resource=resource)] == expected


# ---------------------------------------------------------------------------------------------------------------
# foreign: which principals of other accounts are let in

FOREIGN = rows(
    (allow({"AWS": OWN}), [], "our account"),
    (allow({"AWS": PARTNER}), [], "a trusted one"),
    (allow({"AWS": OTHER}), [OTHER], "another by id"),
    (allow(aws(OWN, f"arn:aws:iam::{OTHER}:role/x")), [f"arn:aws:iam::{OTHER}:role/x"], "a role of another"),
    (allow(aws(f"arn:aws-cn:iam::{OTHER}:root")), [f"arn:aws-cn:iam::{OTHER}:root"], "another in China"),
    (
        allow(aws(f"arn:aws:sts::{OTHER}:assumed-role/x/s")),
        [f"arn:aws:sts::{OTHER}:assumed-role/x/s"],
        "a session of another",
    ),
    (allow("*"), ["*"], "what is public is foreign too"),
    (allow({"Service": "sns.amazonaws.com"}), [], "a service is not foreign"),
    (allow(aws("AROAEXAMPLEID12345678")), [], "a deleted principal is nobody"),
    (allow({"CanonicalUser": "abc123"}), ["abc123"], "a canonical id cannot be placed"),
    (
        allow(aws("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1")),
        [],
        "AWS's own identity for a distribution",
    ),
    (
        allow({"Federated": f"arn:aws:iam::{OTHER}:saml-provider/x"}),
        [f"arn:aws:iam::{OTHER}:saml-provider/x"],
        "a provider of another account",
    ),
    (allow({"AWS": OTHER}, when=eq("aws:PrincipalOrgID", ORG)), [], "another, but in the organization"),
    (
        allow({"AWS": OTHER}, when=eq("aws:SourceVpce", "vpce-1")),
        [OTHER],
        "over our endpoint is still another",
    ),
    (allow({"AWS": OTHER}, when=ip("203.0.113.0/24")), [OTHER], "from a network is still another"),
    (allow("*", when=eq("aws:PrincipalOrgID", ORG)), [], "our organization"),
    (allow("*", when=eq("aws:PrincipalAccount", OWN)), [], "our account by condition"),
    (allow("*", when=eq("aws:PrincipalAccount", OTHER)), ["*"], "another account by condition"),
    (allow("*", when=eq("aws:PrincipalAccount", OWN, OTHER)), ["*"], "ours and another by condition"),
    (allow("*", when=eq("aws:PrincipalAccount", OWN, PARTNER)), [], "ours and a trusted one by condition"),
    (
        allow("*", when={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/*"}}),
        ["*"],
        "another's roles",
    ),
    (allow("*", when={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OTHER}:*"}}), ["*"], "another's topics"),
    (allow("*", when={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OWN}:*"}}), [], "our topics"),
    (
        allow("*", when={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::somebucket"}}),
        ["*"],
        "a bucket of unknown owner",
    ),
    (
        allow(
            "*",
            when={
                "ArnLike": {"aws:SourceArn": "arn:aws:s3:::somebucket"},
                "StringEquals": {"aws:SourceAccount": OWN},
            },
        ),
        [],
        "a bucket of ours",
    ),
    (allow("*", when=ip("203.0.113.0/24")), [], "a network names no account"),
    (
        allow("*", when={**ip("203.0.113.0/24"), **eq("aws:PrincipalAccount", OTHER)}),
        ["*"],
        "another account from a network",
    ),
    (allow("*", when=eq("aws:PrincipalAccount", "${aws:ResourceAccount}")), [], "the resource's own account"),
    (allow(None, NotPrincipal={"AWS": OWN}), [OWN], "all but ours (the exceptions are named)"),
    ([allow({"AWS": OTHER}), deny()], [], "denied for everyone"),
    ([allow({"AWS": OTHER}), deny({"AWS": OTHER})], [], "denied for the account"),
    (
        [allow({"AWS": OTHER}), deny({"AWS": f"arn:aws:iam::{OTHER}:root"})],
        [],
        "denied for the account by ARN",
    ),
    (
        [allow({"AWS": OTHER}), deny(aws(f"arn:aws:iam::{OTHER}:role/x"))],
        [OTHER],
        "denied for one role of it",
    ),
    (
        [allow(aws(f"arn:aws:iam::{OTHER}:role/x")), deny({"AWS": OTHER})],
        [],
        "a role is denied with its account",
    ),
    ([allow({"AWS": OTHER}), deny(None, NotPrincipal={"AWS": OWN})], [], "denied for all but ours"),
    (
        [allow({"AWS": OTHER}), deny(None, NotPrincipal=aws(OWN, OTHER))],
        [OTHER],
        "denied for all but ours and it",
    ),
    ([allow("*"), deny(None, NotPrincipal={"AWS": OWN})], [], "public but for all but ours"),
    ([allow("*"), deny(None, NotPrincipal={"AWS": OTHER})], ["*"], "a foreigner is left"),
    (
        [allow({"AWS": OTHER}), deny(when={"StringNotEquals": {"aws:PrincipalOrgID": ORG}})],
        [],
        "denied unless ours",
    ),
    (
        [allow({"AWS": OTHER}), deny(when={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
        [OTHER],
        "network",
    ),
    (
        [allow("*"), deny(when={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
        [],
        "star denied off a network",
    ),
    (
        [allow("*"), deny(when={"StringNotEquals": {"aws:PrincipalAccount": OTHER}})],
        ["*"],
        "only a foreigner is left",
    ),
)


@pytest.mark.parametrize(("case", "expected"), FOREIGN)
def test_foreign(case: Any, expected: list[str]) -> None:
    found = foreign_grants(document(case), own_accounts=frozenset({OWN}), trusted=frozenset({PARTNER}))
    assert [principal for grant in found for principal in grant.principals] == expected


SERVICES = rows(
    (allow({"Service": "sns.amazonaws.com"}), ["sns.amazonaws.com"], "no condition"),
    (allow({"Service": "sns.amazonaws.com"}, when=eq("aws:SourceAccount", OWN)), [], "a source account"),
    (allow({"Service": "s3.amazonaws.com"}, when={"ArnLike": {"aws:SourceArn": BUCKET}}), [], "a bucket"),
    (
        allow({"Service": "s3.amazonaws.com"}, when={"ArnLike": {"aws:SourceArn": "*"}}),
        ["s3.amazonaws.com"],
        "any",
    ),
    (allow({"Service": "s3.amazonaws.com"}, when=eq("aws:SourceOrgID", ORG)), [], "an organization"),
    (
        allow({"Service": "s3.amazonaws.com"}, when={"StringEqualsIfExists": {"aws:SourceAccount": OWN}}),
        ["s3.amazonaws.com"],
        "IfExists",
    ),
    (
        allow({"Service": "s3.amazonaws.com"}, when=eq("aws:PrincipalOrgID", ORG)),
        ["s3.amazonaws.com"],
        "the caller's organization is not the source",
    ),
    (
        allow({"Service": "alexa-appkit.amazon.com"}, when=eq("lambda:EventSourceToken", "amzn1.x")),
        [],
        "a token",
    ),
    (
        allow({"Service": ["a.amazonaws.com", "b.amazonaws.com"]}),
        ["a.amazonaws.com", "b.amazonaws.com"],
        "two",
    ),
    (
        [
            allow({"Service": "s3.amazonaws.com"}),
            deny(
                when={
                    "StringNotEquals": {"aws:SourceAccount": OWN},
                    "Bool": {"aws:PrincipalIsAWSService": "true"},
                }
            ),
        ],
        [],
        "a Deny unless ours for services",
    ),
    (
        [allow({"Service": "s3.amazonaws.com"}), deny({"AWS": OWN})],
        ["s3.amazonaws.com"],
        "a Deny for another",
    ),
    (allow("*"), [], "star is no service principal"),
)


@pytest.mark.parametrize(("case", "expected"), SERVICES)
def test_services_without_source(case: Any, expected: list[str]) -> None:
    found = service_grants_without_source(document(case))
    assert [principal for grant in found for principal in grant.principals] == expected


# ---------------------------------------------------------------------------------------------------------------
# transport

PLAIN: Json = {"Bool": {"aws:SecureTransport": "false"}}

TRANSPORT = rows(
    (deny(when=PLAIN), True, "the usual form"),
    (deny(when={"Bool": {"aws:SecureTransport": False}}), True, "JSON false"),
    (deny(when={"Bool": {"aws:SecureTransport": ["false"]}}), True, "a list"),
    (deny(when={"Bool": {"aws:SecureTransport": [False]}}), True, "a list of JSON false"),
    (deny(when={"Bool": {"AWS:securetransport": "False"}}), True, "other capitals"),
    (
        deny(when={"BoolIfExists": {"aws:SecureTransport": "false"}}),
        True,
        "IfExists: the key is always there",
    ),
    (
        deny(when={"Bool": {"aws:SecureTransport": ["true", "false"]}}),
        True,
        "denies everything, plain HTTP too",
    ),
    (deny(when={"Bool": {"aws:SecureTransport": "true"}}), False, "denies TLS"),
    (deny(when={"StringEquals": {"aws:SecureTransport": "false"}}), None, "a text operator on a boolean key"),
    (deny(when={"StringNotEquals": {"aws:SecureTransport": "true"}}), None, "the same, negated"),
    (deny(when={"StringEquals": {"aws:SecureTransport": "true"}}), False, "the same, the wrong way round"),
    (deny(when={"Null": {"aws:SecureTransport": "true"}}), False, "the key is never missing"),
    (deny(), True, "denies everything"),
    (deny({"AWS": "*"}, when=PLAIN), True, "AWS star"),
    (deny({"AWS": ["*"]}, when=PLAIN), True, "AWS star in a list"),
    (deny(aws(f"arn:aws:iam::{OWN}:user/bob"), when=PLAIN), False, "for one user only"),
    (deny({"AWS": OWN}, when=PLAIN), False, "for our account only"),
    (deny(None, NotPrincipal={"AWS": OWN}, when=PLAIN), False, "for all but ours"),
    (deny(action="*", when=PLAIN), True, "action star"),
    (deny(action=["s3:*"], when=PLAIN), True, "actions in a list"),
    (deny(action="S3:*", when=PLAIN), True, "capital service"),
    (deny(action="*:*", when=PLAIN), True, "star colon star"),
    (deny(action="s3:GetObject", when=PLAIN), False, "one action only"),
    (deny(action=["s3:Get*", "s3:Put*"], when=PLAIN), False, "some actions only"),
    (deny(action=None, NotAction="iam:*", when=PLAIN), True, "all but another service"),
    (deny(action=None, NotAction="s3:GetObject", when=PLAIN), False, "all but reading"),
    (deny(resource=BUCKET, when=PLAIN), False, "the bucket only"),
    (deny(resource=OBJECTS, when=PLAIN), False, "the objects only"),
    (
        [deny(resource=BUCKET, when=PLAIN), deny(resource=OBJECTS, when=PLAIN)],
        True,
        "two statements together",
    ),
    (deny(resource="*", when=PLAIN), True, "resource star"),
    (deny(resource="arn:aws:s3:::*", when=PLAIN), True, "all of S3"),
    (deny(resource="arn:aws:s3:::b*", when=PLAIN), True, "a pattern for both"),
    (deny(resource=["arn:aws:s3:::c", "arn:aws:s3:::c/*"], when=PLAIN), False, "another bucket"),
    (deny(resource=None, Resource=None, NotResource="arn:aws:s3:::c*", when=PLAIN), True, "all but another"),
    (
        deny(resource=None, Resource=None, NotResource="arn:aws:s3:::b/public/*", when=PLAIN),
        False,
        "all but a folder",
    ),
    (deny(resource=[BUCKET, "arn:aws:s3:::b/private/*"], when=PLAIN), False, "a folder only"),
    (deny(when={**PLAIN, "StringNotEquals": {"aws:PrincipalAccount": OWN}}), False, "a further condition"),
    (deny(when={**PLAIN, "IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), False, "from one network only"),
    (deny(when={"NumericLessThan": {"s3:TlsVersion": 1.2}}), False, "an old TLS, not plain HTTP"),
    (allow(when={"Bool": {"aws:SecureTransport": "true"}}), False, "an Allow over TLS denies nothing"),
    (allow(when=PLAIN), False, "an Allow of plain HTTP"),
    ([], False, "no statement"),
)


@pytest.mark.parametrize(("case", "expected"), TRANSPORT)
def test_insecure_transport(case: Any, expected: bool | None) -> None:
    found = denies_insecure_transport(document(case), BUCKET)
    assert (bool(found), found.uncertain) == (bool(expected), expected is None), found.reason
    assert found.reason


# ---------------------------------------------------------------------------------------------------------------
# identity policies

ADMIN = rows(
    (may("*"), [0], "star on star"),
    (may("*:*"), [0], "star colon star"),
    (may(["*"], ["*"]), [0], "lists"),
    (may(["s3:GetObject", "*"]), [0], "star among others"),
    (may("**"), [0], "two stars"),
    (may("*", "arn:aws:*"), [0], "all ARNs, cut short"),
    (may("*", "arn:aws:*:*:*:*"), [0], "all ARNs"),
    (may("*", "arn:aws:s3:::*"), [], "all actions on S3 only"),
    (may("s3:*"), [], "one service"),
    (may("iam:*"), [], "all of IAM is a way up, not admin by this question"),
    (may(None, NotAction="s3:DeleteBucket"), [0], "all but one action"),
    (may(None, NotAction=["iam:*", "organizations:*"]), [], "power user"),
    (may(None, NotAction="iam:CreateUser"), [], "all but something of IAM"),
    (may(None, NotAction="*"), [], "all but all"),
    (may("*", None, NotResource="arn:aws:s3:::secret"), [0], "all but a bucket"),
    (may("*", None, NotResource="arn:aws:iam::111111111111:role/x"), [], "all but something of IAM"),
    (
        may("*", when={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        [0],
        "under a condition, which is named",
    ),
    ([may("*"), may_not("*")], [], "everything denied"),
    ([may("*"), may_not("s3:*")], [0], "a part denied"),
    ([may("*"), may_not("*", "arn:aws:s3:::x")], [0], "one resource denied"),
    (
        [may("*"), may_not("*", when={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})],
        [0],
        "denied without MFA only",
    ),
    (may_not("*"), [], "only a Deny"),
    ([may("s3:*"), may("*")], [1], "the second statement"),
)

IDENTITY_ALLOWS = rows(
    ((may("s3:GetObject"), "s3:GetObject", "*"), True, "as written"),
    ((may("S3:getobject"), "s3:GetObject", "*"), True, "capitals"),
    ((may("s3:Get*"), "s3:GetObject", "*"), True, "a wildcard at the end"),
    ((may("s3:*Object"), "s3:GetObject", "*"), True, "a wildcard inside"),
    ((may("s3:Get?bject"), "s3:GetObject", "*"), True, "a question mark"),
    ((may("s3:Get?Object"), "s3:GetObject", "*"), False, "a question mark is one character"),
    ((may("s3:Put*"), "s3:GetObject", "*"), False, "another action"),
    ((may("s3:Get*"), "s3:*", "*"), False, "a part of what is asked"),
    ((may(None, NotAction="iam:*"), "s3:GetObject", "*"), True, "NotAction"),
    ((may(None, NotAction="s3:Get*"), "s3:GetObject", "*"), False, "NotAction of this"),
    ((may("s3:GetObject", OBJECTS), "s3:GetObject", "arn:aws:s3:::b/k"), True, "an object"),
    ((may("s3:GetObject", OBJECTS), "s3:GetObject", "*"), False, "not all resources"),
    (
        (may("s3:GetObject", None, NotResource=OBJECTS), "s3:GetObject", "arn:aws:s3:::c/k"),
        True,
        "NotResource",
    ),
    (
        (may("s3:GetObject", None, NotResource=OBJECTS), "s3:GetObject", "arn:aws:s3:::b/k"),
        False,
        "NotResource of it",
    ),
    ((may("s3:GetObject", None, NotResource=OBJECTS), "s3:GetObject", "*"), True, "nearly all resources"),
    ((may("kms:Decrypt", "arn:aws:kms:*:*:key/*"), "kms:Decrypt", "arn:aws:kms:*:*:key/*"), True, "all keys"),
    ((may("kms:*"), "kms:Decrypt", "arn:aws:kms:*:*:key/*"), True, "star holds all keys"),
    ((may("kms:Decrypt", "arn:aws:kms:*:111111111111:key/1"), "kms:Decrypt", "*"), False, "one key"),
    (([may("s3:*"), may_not("s3:GetObject")], "s3:GetObject", "*"), False, "denied"),
    (([may("s3:*"), may_not("s3:GetObject", OBJECTS)], "s3:GetObject", "*"), True, "denied in part"),
    (
        ([may("s3:*"), may_not("s3:*", when=ip("203.0.113.0/24"))], "s3:GetObject", "*"),
        True,
        "denied at times",
    ),
    (([may("s3:*"), may_not(None, NotAction="iam:*")], "s3:GetObject", "*"), False, "all but IAM denied"),
    (
        ([may("s3:*"), may_not("s3:*", None, NotResource=OBJECTS)], "s3:GetObject", "arn:aws:s3:::c/k"),
        False,
        "fence",
    ),
    (
        ([may("s3:*"), may_not("s3:*", None, NotResource=OBJECTS)], "s3:GetObject", "arn:aws:s3:::b/k"),
        True,
        "inside it",
    ),
)

SERVICE_WIDE = rows(
    ((may("kms:*"), "kms"), [0], "all on all"),
    ((may("*"), "kms"), [0], "everything holds it"),
    ((may("k*:*"), "kms"), [0], "a wildcard in the service"),
    ((may("KMS:*"), "kms"), [0], "capitals"),
    ((may("kms:De*"), "kms"), [], "some actions"),
    ((may("kms:*", "arn:aws:kms:*:111111111111:key/1"), "kms"), [], "one key"),
    ((may("s3:*", "arn:aws:s3:::*"), "s3"), [0], "all of S3 by ARN"),
    ((may("s3:*", "arn:aws:s3:::b*"), "s3"), [], "some buckets"),
    ((may("kms:*", "arn:aws:kms:*:111111111111:*"), "kms"), [0], "all of an account"),
    ((may("kms:*", "arn:aws:kms:eu-west-1:*:*"), "kms"), [], "one region"),
    ((may(None, NotAction="iam:*"), "kms"), [0], "all but IAM"),
    ((may(None, NotAction="kms:Delete*"), "kms"), [], "all but something of it"),
    (([may("kms:*"), may_not("kms:*")], "kms"), [], "denied"),
    (([may("kms:*"), may_not("kms:Delete*")], "kms"), [0], "denied in part"),
    ((may("kms:*", None, NotResource="arn:aws:s3:::b"), "kms"), [0], "all but another service's"),
)

ANY_ROLE = rows(
    (may("sts:AssumeRole"), [0], "all resources"),
    (may("sts:*"), [0], "all of STS"),
    (may("sts:Assume*"), [0], "a wildcard"),
    (may("*"), [0], "everything"),
    (may("sts:AssumeRole", "arn:aws:iam::*:role/*"), [0], "all roles of all accounts"),
    (may("sts:AssumeRole", "arn:aws:iam::222222222222:role/*"), [0], "all roles of an account"),
    (may("sts:AssumeRole", "arn:aws:iam::*:role/deploy"), [], "one role name"),
    (may("sts:AssumeRole", "arn:aws:iam::111111111111:role/app-*"), [], "some roles"),
    (may("sts:AssumeRole", "arn:*"), [0], "all ARNs"),
    (may(None, NotAction="iam:*"), [0], "all but IAM"),
    (may("sts:AssumeRoleWithSAML"), [], "another action"),
    ([may("sts:AssumeRole"), may_not("sts:*")], [], "denied"),
    ([may("sts:AssumeRole"), may_not("sts:*", "arn:aws:iam::1:role/admin")], [0], "denied for one role"),
)


@pytest.mark.parametrize(("case", "expected"), ADMIN)
def test_administrator(case: Any, expected: list[int]) -> None:
    assert [grant.statement for grant in is_administrator(document(case))] == expected


@pytest.mark.parametrize(("case", "expected"), IDENTITY_ALLOWS)
def test_allows(case: Any, expected: bool) -> None:
    statements, action, resource = case
    assert (allows(document(statements), action, resource) is not None) == expected


@pytest.mark.parametrize(("case", "expected"), SERVICE_WIDE)
def test_full_access(case: Any, expected: list[int]) -> None:
    statements, service = case
    assert [grant.statement for grant in full_access(document(statements), service)] == expected


@pytest.mark.parametrize(("case", "expected"), ANY_ROLE)
def test_assumes_any_role(case: Any, expected: list[int]) -> None:
    assert [grant.statement for grant in assumes_any_role(document(case))] == expected


def test_the_unconditional_statement_is_named_first() -> None:
    found = allows(document([may("s3:*", when=ip("203.0.113.0/24")), may("s3:*")]), "s3:GetObject")
    assert found is not None
    assert (found.statement, found.conditional) == (1, False)


def test_something_of_what_is_asked() -> None:
    doc = document([may("s3:Get*", OBJECTS), may_not("s3:GetObject")])
    assert allows_some(doc, ["s3:GetObjectAcl"], "arn:aws:s3:::*")
    assert not allows_some(doc, ["s3:GetObject"], "arn:aws:s3:::*")
    assert not allows_some(doc, ["s3:Put*"], "*")


# ---------------------------------------------------------------------------------------------------------------
# escalation

MINE = "arn:aws:iam::111111111111:"

ESCALATIONS = rows(
    (may("iam:CreatePolicyVersion"), ["CreatePolicyVersion"], "a policy of one's own"),
    (may("iam:createpolicyversion"), ["CreatePolicyVersion"], "capitals"),
    (may("iam:CreatePolicyVersion", MINE + "policy/*"), ["CreatePolicyVersion"], "all policies by ARN"),
    (may("iam:CreatePolicyVersion", MINE + "*"), ["CreatePolicyVersion"], "all of IAM by ARN"),
    (may("iam:CreatePolicyVersion", MINE + "role/*"), [], "roles are no policies"),
    (may("iam:CreatePolicyVersion", MINE + "policy/app-*"), [], "a part of a name scopes"),
    (may("iam:SetDefaultPolicyVersion"), ["SetDefaultPolicyVersion"], "an old version"),
    (may("iam:*AccessKey"), ["CreateAccessKey"], "a wildcard inside"),
    (may("iam:CreateAccessKey", MINE + "user/${aws:username}"), [], "one's own keys are no way up"),
    (
        may("iam:AttachUserPolicy", MINE + "user/${aws:username}"),
        ["AttachUserPolicy"],
        "one's own policies are",
    ),
    (
        may("iam:AttachUserPolicy", when={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/X"}}),
        [],
        "fixed",
    ),
    (
        may("iam:AttachUserPolicy", when={"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}),
        ["AttachUserPolicy"],
        "any of AWS's policies",
    ),
    (may("iam:PassRole"), [], "to pass a role alone is nothing"),
    (may("ec2:RunInstances"), [], "to run an instance alone is nothing"),
    (may(["iam:PassRole", "ec2:RunInstances"]), ["PassRole+ec2:RunInstances"], "an instance with a role"),
    (
        [may("iam:PassRole"), may("ec2:RunInstances", "arn:aws:ec2:*:*:instance/*")],
        ["PassRole+ec2:RunInstances"],
        "in two statements",
    ),
    ([may("iam:PassRole", MINE + "role/app"), may("ec2:RunInstances")], [], "one role only"),
    (
        [may("iam:PassRole", when=eq("iam:PassedToService", "ec2.amazonaws.com")), may("ec2:RunInstances")],
        ["PassRole+ec2:RunInstances"],
        "passed to EC2",
    ),
    (
        [
            may("iam:PassRole", when=eq("iam:PassedToService", "lambda.amazonaws.com")),
            may("ec2:RunInstances"),
        ],
        [],
        "passed to another service",
    ),
    (
        may(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"]),
        ["PassRole+lambda:CreateFunction+InvokeFunction"],
        "a function with a role",
    ),
    (may(["iam:PassRole", "lambda:CreateFunction"]), [], "a function that nobody can call"),
    (
        may(["iam:PassRole", "lambda:CreateFunction", "lambda:AddPermission"]),
        ["PassRole+lambda:CreateFunction+AddPermission"],
        "called from elsewhere",
    ),
    (
        may(["iam:PassRole", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"]),
        ["PassRole+lambda:CreateFunction+CreateEventSourceMapping"],
        "called by an event",
    ),
    (may("lambda:UpdateFunctionCode"), ["lambda:UpdateFunctionCode"], "somebody's function"),
    (
        may("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:*"),
        ["lambda:UpdateFunctionCode"],
        "all functions",
    ),
    (may("lambda:UpdateFunctionCode", "arn:aws:lambda:*:*:function:app"), [], "one function"),
    (
        may(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"]),
        ["UpdateAssumeRolePolicy", "UpdateAssumeRolePolicy+AssumeRole"],
        "rewrite the trust, then assume",
    ),
    (may("ssm:SendCommand"), ["ssm:SendCommand"], "a command on any instance"),
    (may("ssm:SendCommand", "arn:aws:ec2:eu-west-1:111111111111:instance/i-1"), [], "on one instance"),
    (may(["iam:PassRole", "cloudformation:CreateStack"]), ["PassRole+cloudformation:CreateStack"], "a stack"),
    (may(["iam:PassRole", "glue:CreateDevEndpoint"]), ["PassRole+glue:CreateDevEndpoint"], "a Glue endpoint"),
    (may("iam:AddUserToGroup"), ["AddUserToGroup"], "into the administrators"),
    ([may("iam:AddUserToGroup"), may_not("iam:AddUserToGroup")], [], "denied"),
    (
        [may("iam:AddUserToGroup"), may_not("iam:*", MINE + "group/admins")],
        ["AddUserToGroup"],
        "denied for one",
    ),
    (may(["s3:*", "ec2:Describe*", "iam:Get*", "iam:List*"]), [], "harmless"),
    (may(None, NotAction="iam:*"), None, "power users can change functions"),
    (may("iam:AddUserToGroup", None, NotResource=MINE + "group/admins"), [], "fenced off"),
)


@pytest.mark.parametrize(("case", "expected"), ESCALATIONS)
def test_escalation(case: Any, expected: list[str] | None) -> None:
    found = [escalation.name for escalation in privilege_escalations((document(case),))]
    if expected is None:
        assert "lambda:UpdateFunctionCode" in found
        assert not any(name.startswith("PassRole") for name in found)
    else:
        assert found == expected


def test_escalation_over_several_documents() -> None:
    one, other = document(may("iam:PassRole")), document(may("ec2:RunInstances", when=ip("203.0.113.0/24")))
    assert privilege_escalations((one,)) == privilege_escalations((other,)) == ()
    (found,) = privilege_escalations((one, other))
    assert (found.statements, found.conditional) == (((0, 0), (1, 0)), True)
    assert not privilege_escalations((one, other, document(may_not("iam:PassRole"))))


# ---------------------------------------------------------------------------------------------------------------
# trust

OIDC = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{GITHUB}"}
EKS_NAME = "oidc.eks.eu-west-1.amazonaws.com/id/ABC123"
EKS = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{EKS_NAME}"}
TERRAFORM = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/app.terraform.io"}
COGNITO = {"Federated": "cognito-identity.amazonaws.com"}
WEB = "sts:AssumeRoleWithWebIdentity"
YES, NO = True, False

TRUST_ANYONE = rows(
    (trusts("*"), YES, "star"),
    (trusts({"AWS": "*"}), YES, "AWS star"),
    (trusts("*", "sts:*"), YES, "all of STS"),
    (trusts("*", when=eq("sts:ExternalId", "x")), YES, "an external id is no secret"),
    (trusts("*", when=eq("aws:PrincipalOrgID", ORG)), NO, "our organization"),
    (
        trusts("*", when={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}),
        YES,
        "a role of any account",
    ),
    (trusts("*", "sts:TagSession"), NO, "tagging is not assuming"),
    (trusts({"AWS": OTHER}), NO, "one account"),
    (trusts(None, NotPrincipal={"AWS": OTHER}), YES, "all but one"),
    ([trusts("*"), {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}], NO, "denied"),
    (trusts({"Service": "ec2.amazonaws.com"}), NO, "a service"),
)

WEB_IDENTITY = rows(
    (trusts(OIDC, WEB), YES, "no condition"),
    (trusts(OIDC, WEB, when=eq(f"{GITHUB}:aud", "sts.amazonaws.com")), YES, "the audience alone"),
    (trusts(OIDC, WEB, when=eq(f"{GITHUB}:sub", "repo:acme/app:ref:refs/heads/main")), NO, "a branch"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "repo:acme/app:*")), NO, "a repository"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "repo:acme/*")), NO, "an owner"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "repo:acme*")), YES, "owners that begin so"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "repo:*")), YES, "any repository"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "repo:*/app:*")), YES, "a repository name of any owner"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "*")), YES, "star"),
    (trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "*:environment:prod")), YES, "an environment of any owner"),
    (trusts(OIDC, WEB, when=eq(f"{GITHUB}:sub", "environment:prod")), YES, "a subject without an owner"),
    (
        trusts(OIDC, WEB, when=like(f"{GITHUB}:sub", "repo:acme/app:*", "repo:*")),
        YES,
        "a wide one in the list",
    ),
    (trusts(OIDC, WEB, when={"StringLikeIfExists": {f"{GITHUB}:sub": "repo:acme/app:*"}}), YES, "IfExists"),
    (
        trusts(OIDC, WEB, when={"StringNotLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}),
        YES,
        "all but a repository",
    ),
    (
        trusts(OIDC, WEB, when={"ForAllValues:StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}),
        YES,
        "ForAllValues",
    ),
    (
        trusts(OIDC, WEB, when={"ForAnyValue:StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}),
        NO,
        "ForAnyValue",
    ),
    (trusts(OIDC, WEB, when=eq(f"{GITHUB}:repository", "acme/app")), NO, "the repository claim"),
    (
        trusts(OIDC, WEB, when=like(f"{GITHUB}:job_workflow_ref", "acme/flows/*")),
        NO,
        "a workflow of an owner",
    ),
    (trusts(OIDC, WEB, when=eq(f"{GITHUB}:environment", "prod")), YES, "an environment pins nobody"),
    (trusts(OIDC, WEB, when=eq("app.terraform.io:sub", "repo:acme/app:x")), YES, "another provider's claim"),
    (trusts(OIDC, "sts:*"), YES, "all of STS"),
    (trusts(OIDC, "sts:AssumeRole"), NO, "an action that tokens cannot use"),
    (trusts(EKS, WEB, when=eq(f"{EKS_NAME}:sub", "system:serviceaccount:ns:sa")), NO, "a service account"),
    (trusts(EKS, WEB, when=like(f"{EKS_NAME}:sub", "system:serviceaccount:ns:*")), NO, "a namespace"),
    (trusts(EKS, WEB, when=like(f"{EKS_NAME}:sub", "system:serviceaccount:*:sa")), YES, "any namespace"),
    (trusts(EKS, WEB, when=eq(f"{EKS_NAME}:aud", "sts.amazonaws.com")), YES, "any service account"),
    (trusts(TERRAFORM, WEB, when=like("app.terraform.io:sub", "organization:acme:*")), NO, "an organization"),
    (trusts(TERRAFORM, WEB, when=like("app.terraform.io:sub", "organization:*")), YES, "any organization"),
    (trusts(COGNITO, WEB), YES, "any identity pool"),
    (trusts(COGNITO, WEB, when=eq("cognito-identity.amazonaws.com:aud", "eu-west-1:pool")), NO, "one pool"),
    (
        trusts(
            COGNITO,
            WEB,
            when={"ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}},
        ),
        YES,
        "authenticated in any pool",
    ),
    (
        trusts({"Federated": "accounts.google.com"}, WEB, when=eq("accounts.google.com:aud", "app")),
        NO,
        "an app",
    ),
    (
        [
            trusts(OIDC, WEB),
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": WEB,
                "Condition": {"StringNotLike": {f"{GITHUB}:sub": "repo:acme/*"}},
            },
        ],
        NO,
        "a Deny unless the owner",
    ),
    (trusts({"AWS": OWN}), NO, "no provider"),
)

EXTERNAL = rows(
    (trusts({"AWS": OTHER}), YES, "no external id"),
    (trusts({"AWS": OTHER}, when=eq("sts:ExternalId", "abc")), NO, "an external id"),
    (trusts({"AWS": OTHER}, when=like("sts:ExternalId", "*")), YES, "any external id"),
    (trusts({"AWS": OTHER}, when=like("sts:ExternalId", "abc-*")), YES, "a wildcard in it"),
    (
        trusts({"AWS": OTHER}, when={"StringEqualsIfExists": {"sts:ExternalId": "abc"}}),
        YES,
        "if there is one",
    ),
    (trusts({"AWS": OTHER}, when={"StringNotEquals": {"sts:ExternalId": "abc"}}), YES, "any but this"),
    (trusts({"AWS": OTHER}, when={"Null": {"sts:ExternalId": "false"}}), YES, "some external id"),
    (
        trusts({"AWS": OTHER}, when={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        YES,
        "MFA is another thing",
    ),
    (trusts({"AWS": OTHER}, when=eq("aws:PrincipalOrgID", ORG)), NO, "in the organization"),
    (trusts({"AWS": OWN}), NO, "our own"),
    (trusts(aws(OWN, OTHER)), YES, "ours and another"),
    (
        [
            trusts({"AWS": OTHER}),
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:AssumeRole",
                "Condition": {"StringNotEquals": {"sts:ExternalId": "abc"}},
            },
        ],
        NO,
        "a Deny unless the external id",
    ),
    (trusts(OIDC, WEB), NO, "federation is another question"),
)

OTHER_ACCOUNTS = rows(
    (trusts({"AWS": OWN}), NO, "our own"),
    (trusts({"AWS": PARTNER}), YES, "another"),
    (
        trusts({"AWS": PARTNER}, when=eq("sts:ExternalId", "abc")),
        YES,
        "with an external id it is still another",
    ),
    (trusts("*", when=eq("aws:PrincipalOrgID", ORG)), YES, "others of the organization"),
    (trusts("*", when=eq("aws:PrincipalAccount", OWN)), NO, "our own by condition"),
    (trusts({"Service": "ec2.amazonaws.com"}), NO, "a service"),
)

TRUST_SERVICE = rows(
    (trusts({"Service": "events.amazonaws.com"}), YES, "no source"),
    (trusts({"Service": "events.amazonaws.com"}, when=eq("aws:SourceAccount", OWN)), NO, "a source account"),
    (trusts({"Service": "ec2.amazonaws.com"}), NO, "EC2 names no source"),
    (trusts({"Service": ["ec2.amazonaws.com", "events.amazonaws.com"]}), YES, "one of two"),
    (trusts({"AWS": OWN}), NO, "no service"),
)

SAML = rows(
    (
        trusts({"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"}, "sts:AssumeRoleWithSAML"),
        YES,
        "no audience",
    ),
    (
        trusts(
            {"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"},
            "sts:AssumeRoleWithSAML",
            when=eq("SAML:aud", "https://signin.aws.amazon.com/saml"),
        ),
        NO,
        "an audience",
    ),
    (
        trusts(
            {"Federated": f"arn:aws:iam::{OWN}:saml-provider/idp"},
            "sts:AssumeRoleWithSAML",
            when=like("SAML:aud", "*"),
        ),
        YES,
        "any audience",
    ),
)

TRUST_QUESTIONS: list[tuple[Callable[[Document], tuple[object, ...]], list[Any]]] = [
    (trust_allows_anyone, TRUST_ANYONE),
    (web_identity_without_subject, WEB_IDENTITY),
    (lambda doc: external_accounts_without_external_id(doc, frozenset({OWN})), EXTERNAL),
    (lambda doc: assumable_by_other_accounts(doc, OWN), OTHER_ACCOUNTS),
    (service_trust_without_source, TRUST_SERVICE),
    (saml_without_audience, SAML),
]


@pytest.mark.parametrize(
    ("question", "case", "expected"),
    [
        pytest.param(question, *row.values, id=str(row.id))
        for question, table in TRUST_QUESTIONS
        for row in table
    ],
)
def test_trust(question: Callable[[Document], tuple[object, ...]], case: Any, expected: bool) -> None:
    assert bool(question(document(case))) == expected


def test_without_a_version_a_variable_is_plain_text() -> None:
    statement = allow(when=eq("aws:PrincipalOrgID", "${aws:PrincipalOrgID}"))
    assert public_grants(document(statement))
    assert not public_grants(document(statement, version="2008-10-17"))


def test_an_organization_can_be_required_to_be_ours() -> None:
    doc = document(allow({"AWS": OTHER}, when=eq("aws:PrincipalOrgID", ORG)))
    own = frozenset({OWN})
    assert not foreign_grants(doc, own_accounts=own, trusted=frozenset(), own_orgs=frozenset({ORG}))
    assert foreign_grants(doc, own_accounts=own, trusted=frozenset(), own_orgs=frozenset({"o-otherother"}))


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (allow(when={"FooBar": {"aws:PrincipalOrgID": ORG}}), "unknown condition operator"),
        (allow(when={"NumericEquals": {"aws:SourceAccount": OWN}}), "does not fit"),
        (allow(when=ip("nonsense")), "cannot be read"),
        (allow(when={"StringEquals": {"aws:SourceAccount": []}}), "no value"),
        (allow(aws("arn:aws:iam::*:root")), "wildcard"),
        (allow({"Service": "*"}), "wildcard"),
    ],
)
def test_what_is_uncertain_is_said(case: Json, word: str) -> None:
    (found,) = public_grants(document(case))
    assert [word in doubt.why for doubt in found.uncertain] == [True]
    assert found.evidence()["uncertain"]


@pytest.mark.parametrize(
    "case",
    [
        allow({"CanonicalUser": "abc"}),
        allow("*", when={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::somebucket"}}),
    ],
)
def test_a_foreigner_that_cannot_be_placed_is_uncertain(case: Json) -> None:
    (found,) = foreign_grants(document(case), own_accounts=frozenset({OWN}), trusted=frozenset())
    assert found.uncertain


def test_the_evidence_names_what_is_left() -> None:
    doc = document(
        [
            allow(
                aws(OWN, OTHER, f"arn:aws:iam::{OTHER}:role/x"),
                ["s3:GetObject", "s3:PutObject"],
                BOTH,
                when={"Bool": {"aws:SecureTransport": True}},
                Sid="Partners",
            ),
            deny(action="s3:PutObject"),
        ]
    )
    (found,) = foreign_grants(doc, own_accounts=frozenset({OWN}), trusted=frozenset())
    assert found.evidence() == {
        "statement": 0,
        "sid": "Partners",
        "principal": [OTHER, f"arn:aws:iam::{OTHER}:role/x"],
        "action": ["s3:GetObject"],
        "resource": BOTH,
        "conditions": ["Bool aws:SecureTransport true"],
    }
