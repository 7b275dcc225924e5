"""What a settings file may say of each kind of channel: where it leads, and in which words. Secrets stand elsewhere."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_UNIQUE = {"uniqueItems": True}
_REFERENCE = (
    r"env:[A-Za-z_][A-Za-z0-9_]{0,200}|file:/[^\x00-\x1f]{1,1000}"
    r"|secretsmanager:arn:aws[a-z-]*:secretsmanager:[a-z0-9-]{1,40}:[0-9]{12}:secret:[!-\x22$-~]{1,600}(#[A-Za-z0-9_.-]{1,100})?"
    r"|ssm:/?[A-Za-z0-9_./-]{1,1000}|ssm:arn:aws[a-z-]*:ssm:[a-z0-9-]{1,40}:[0-9]{12}:parameter/[A-Za-z0-9_./-]{1,1000}"
)
_PLACES = "env:NAME, file:/PATH, secretsmanager:ARN or ssm:NAME"
SecretReference = Annotated[
    str,
    Meta(
        pattern=f"^({_REFERENCE})$",
        examples=["env:SLACK_URL", "file:/run/secrets/slack", "ssm:/liveaudit/slack"],
        # a secret that was put here by mistake is not told
        extra={"expected": f"where the secret is: {_PLACES}", "secret": True},
    ),
]
WebAddress = Annotated[
    str,
    Meta(
        pattern=rf"^(https?://[!-~]{{1,2000}}|{_REFERENCE})$",
        examples=["https://hooks.example.com/liveaudit", "env:WEBHOOK_URL"],
        extra={"expected": f"an https:// address, or where it is: {_PLACES}", "secret": True},
    ),
]
ProxyAddress = Annotated[
    str,
    Meta(
        pattern=rf"^(https?://([A-Za-z0-9.-]{{1,253}}|\[[0-9a-f:.]{{2,45}}\])(:[0-9]{{1,5}})?/?|{_REFERENCE})$",
        examples=["http://proxy.internal:3128", "env:HTTPS_PROXY"],
        extra={
            "expected": f"a proxy's address without a password, as http://proxy.internal:3128, or where it is: {_PLACES}",
            "secret": True,
        },
    ),
]
HostName = Annotated[
    str,
    Meta(
        pattern=r"^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-f]*:[0-9a-f:.]{1,43})$",
        examples=["mail.internal", "10.0.0.5"],
        extra={"expected": "a host's name or address, without http:// and port"},
    ),
]
MailAddress = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
        examples=["cloud-team@example.com"],
        extra={"expected": "an e-mail address, as cloud-team@example.com"},
    ),
]
UserName = Annotated[
    str, Meta(pattern=r"^[^\x00-\x1f]{1,300}$", extra={"expected": "a text of 1 to 300 characters"})
]
Port = Annotated[int, Meta(ge=1, le=65535)]
TopicArn = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]{1,40}:[0-9]{12}:[A-Za-z0-9_-]{1,256}([.]fifo)?$",
        examples=["arn:aws:sns:eu-west-1:111111111111:findings"],
        extra={"expected": "a topic's ARN, as arn:aws:sns:eu-west-1:111111111111:findings"},
    ),
]
BusArn = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws[a-z-]*:events:[a-z0-9-]{1,40}:[0-9]{12}:event-bus/[A-Za-z0-9._/-]{1,256}$",
        examples=["arn:aws:events:eu-west-1:111111111111:event-bus/findings"],
        extra={"expected": "a bus's ARN, as arn:aws:events:eu-west-1:111111111111:event-bus/findings"},
    ),
]
BucketName = Annotated[
    str,
    Meta(
        pattern="^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        examples=["findings-of-acme"],
        extra={"expected": "a bucket's name"},
    ),
]
KeyPrefix = Annotated[
    str,
    Meta(
        pattern=r"^([A-Za-z0-9!_.*'()=-]+/)*$",
        examples=["ext/liveaudit/"],
        extra={"expected": "the beginning of keys, with / at its end"},
    ),
]
AwsRegion = Annotated[
    str,
    Meta(
        pattern="^[a-z]{2,8}(-[a-z]+){1,3}-[0-9]{1,2}$",
        examples=["eu-west-1"],
        extra={"expected": "a region's name, as us-east-1"},
    ),
]
AwsAccount = Annotated[
    str,
    Meta(pattern="^[0-9]{12}$", examples=["111111111111"], extra={"expected": "twelve digits in quotes"}),
]
AwsRoleName = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_+=,.@-]{1,64}$",
        examples=["liveaudit-security-hub"],
        extra={"expected": "a role's name, 1 to 64 of A-Z a-z 0-9 _ + = , . @ -"},
    ),
]
WriterRole = Annotated[
    str,
    Meta(
        pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/([!-~]{1,510}/)?[A-Za-z0-9_+=,.@-]{1,64}$",
        examples=["arn:aws:iam::111111111111:role/AmazonSecurityLake-Provider-liveaudit-eu-west-1"],
        extra={"expected": "a role's ARN, as arn:aws:iam::111111111111:role/NAME"},
    ),
]
Gathered = Annotated[
    str,
    Meta(
        pattern="^([1-9][0-9]{0,3}[mh]|never)$",
        examples=["5m"],
        extra={"expected": "a period, as 5m or 1h, or never"},
    ),
]
RoleWord = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_+=,.@:/-]{2,1224}$",
        examples=["a-word-of-your-own"],
        extra={"expected": "an external id, 2 to 1,224 of A-Z a-z 0-9 _ + = , . @ : / -"},
    ),
]
Template = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]{1,20000}$",
        examples=["{{ finding.severity | upper }} {{ finding.title }}"],
        extra={"expected": "a template of 1 to 20,000 characters"},
    ),
]


Allowed = Annotated[
    tuple[HostName, ...],
    Meta(
        description="Hosts that may be reached though they are on a private network or without TLS.",
        extra_json_schema=_UNIQUE,
    ),
]


Through = Annotated[
    ProxyAddress,
    Meta(
        description="The proxy of HTTP that requests go through, or where its address is, which has to be so where it holds "
        "a password."
    ),
]


class _Reaches(msgspec.Struct, frozen=True, kw_only=True):
    """What has to do with the network."""

    allow: Allowed = ()
    proxy: Through = ""


class _Worded(msgspec.Struct, frozen=True, kw_only=True):
    """What people read."""

    title: Annotated[
        Template, Meta(description="The first line of its messages, as a template; left out: the usual one.")
    ] = ""
    text: Annotated[
        Template, Meta(description="The text of its messages, as a template; left out: the usual one.")
    ] = ""


class _Both(_Worded, frozen=True, kw_only=True):
    """What people read, and has to do with the network."""

    allow: Allowed = ()


class _Posted(_Both, frozen=True, kw_only=True):
    """What people read, and is sent by HTTP."""

    proxy: Through = ""


class SlackSettings(_Posted, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A channel of Slack, by an incoming webhook."""

    url: Annotated[
        SecretReference, Meta(description="Where the incoming webhook's address is, which is a secret.")
    ]


class TeamsSettings(_Posted, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A channel or chat of Microsoft Teams, by a workflow that posts what a webhook receives."""

    url: Annotated[SecretReference, Meta(description="Where the workflow's address is, which is a secret.")]


class EmailSettings(_Both, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """E-mail, by an SMTP server."""

    host: Annotated[HostName, Meta(description="The SMTP server.")]
    port: Annotated[Port, Meta(description="Its port.")] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(
            description="How the connection is secured: starttls after the greeting (never without it), tls from the "
            "first byte, none."
        ),
    ] = "starttls"
    user: Annotated[UserName, Meta(description="Who signs in at the server; left out: nobody does.")] = ""
    password: Annotated[SecretReference, Meta(description="Where the password is.")] = ""
    sender: Annotated[MailAddress, Meta(description="From whom the messages are.")]
    to: Annotated[
        tuple[MailAddress, ...],
        Meta(description="To whom they go.", min_length=1, extra_json_schema=_UNIQUE),
    ]


class PagerDutySettings(_Reaches, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A service of PagerDuty, by its Events API v2: a finding is an alert, which is resolved when the finding is."""

    key: Annotated[SecretReference, Meta(description="Where the integration key (routing key) is.")]
    region: Annotated[
        Literal["us", "eu"], Meta(description="The service region of the account at PagerDuty.")
    ] = "us"


class WebhookSettings(_Reaches, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An address that is sent JSON, signed as Standard Webhooks says."""

    url: Annotated[WebAddress, Meta(description="The address, or where it is if it is a secret.")]
    secret: Annotated[
        SecretReference,
        Meta(description="Where the secret is that the receiver checks the signature with."),
    ]


class SnsSettings(_Worded, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A topic of SNS."""

    topic: Annotated[TopicArn, Meta(description="The topic's ARN.")]
    format: Annotated[
        Literal["text", "json"], Meta(description="What its subscribers get: text for people, or JSON.")
    ] = "text"


class EventBridgeSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """An event bus of EventBridge: an event for each finding."""

    bus: Annotated[BusArn, Meta(description="The bus's ARN.")]


class SecurityHubSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """AWS Security Hub, which gets findings and whose workflow status comes back."""

    account: Annotated[
        AwsAccount,
        Meta(
            description="The account whose Security Hub gets the findings of all: that of the credentials that liveaudit "
            "runs with. Left out: each finding goes to the Security Hub of its own account."
        ),
    ] = ""
    region: Annotated[
        AwsRegion,
        Meta(description="The region whose Security Hub gets the findings; left out: each its own."),
    ] = ""
    role: Annotated[
        AwsRoleName,
        Meta(
            description="The role in each account that may import findings there; needed when account is left out."
        ),
    ] = ""
    external_id: Annotated[RoleWord, Meta(description="The external id of that role.")] = ""


class S3Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A bucket, which gets OCSF in the partitions of Security Lake."""

    bucket: Annotated[BucketName, Meta(description="The bucket's name.")]
    region: Annotated[AwsRegion, Meta(description="Its region.")]
    prefix: Annotated[KeyPrefix, Meta(description="What the keys begin with.")] = "ext/liveaudit/"
    format: Annotated[
        Literal["jsonl", "parquet"],
        Meta(
            description="What the objects are: JSON lines, compressed with gzip, or Parquet, as Security Lake takes it of "
            "a custom source; that needs liveaudit[parquet]."
        ),
    ] = "jsonl"
    gather: Annotated[
        Gathered,
        Meta(
            description="How long findings are gathered for the next objects, or never: each message is written at once. "
            "Left out: never for JSON lines, 5m for Parquet."
        ),
    ] = ""
    role: Annotated[
        WriterRole,
        Meta(
            description="The role that is assumed to write, as Security Lake makes one for each custom source; left out: "
            "liveaudit's own credentials write."
        ),
    ] = ""
    external_id: Annotated[RoleWord, Meta(description="The external id of that role.")] = ""


class AppriseSettings(_Both, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Whatever apprise reaches; needs liveaudit[apprise]."""

    url: Annotated[SecretReference, Meta(description="Where apprise's URL is, which is a secret.")]
