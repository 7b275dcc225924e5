"""A store that an attacker has had a hand in: every name, tag, agent and document is meant to harm whoever shows it."""

from __future__ import annotations

import json
from typing import Any

from liveaudit.model import Resource
from liveaudit.store.database import Database
from tests.support.sown import EU, NOW, SHOP, By, Sower
from tests.support.sown_day import a_bucket, a_group, bucket, public_acl

MARKUP = "<img src=x onerror=window.harmed=1><script>window.harmed=1</script>"
ATTRIBUTE = "\" onmouseover=window.harmed=1 autofocus onfocus=window.harmed=1 x='' `${window.harmed=1}`"
TEMPLATE = "{{7*191}} ${7*191} <%= 7*191 %> {% raw %}"
TURNED = "safe\u202egpj.exe\u2066\u200b\u2028"
CONTROLS = "\x1b[31mred\x07\r\nSet-Cookie: harmed=1\x9b"
LINK = "javascript:window.harmed=1//https://evil.example/"
CLOSING = "</script></textarea></title></style>--><svg onload=window.harmed=1>"
HTMX = "<div hx-get='/harmed' hx-trigger=load data-hx-on:load='window.harmed=1'>"
NAMES = (MARKUP, ATTRIBUTE, TEMPLATE, TURNED, CONTROLS, LINK, CLOSING, HTMX)
LONG = "long-" + "W" * 1900
MEGABYTES = 1_200_000
ODD = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\u2028\x1b\x07\x9b"
"""Characters that must never come to a page as they are."""


def _document(name: str, length: int = 0) -> str:
    statements = [
        {
            "Sid": name,
            "Effect": "Allow",
            "Principal": {"AWS": [MARKUP, "*", TURNED]},
            "Action": ["s3:GetObject", CLOSING],
            "Resource": [f"arn:aws:s3:::{name}/*", ATTRIBUTE],
            "Condition": {"StringLike": {f"aws:{MARKUP}": [CONTROLS, "x" * length]}},
        }
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _by(name: str) -> By:
    return By(
        f"arn:aws:sts::{SHOP}:assumed-role/{name}/{TURNED}", f"Assumed{MARKUP}", CONTROLS, f"{name} {CLOSING}"
    )


def _bucket(name: str, length: int = 0) -> dict[str, Any]:
    return a_bucket(
        name,
        acl=public_acl(),
        public_access_block=None,
        ownership_controls=None,
        policy_document=_document(name, length),
        policy_status={"IsPublic": True},
        tagging=[{"Key": each, "Value": each} for each in (name, *NAMES)],
        logging=None,
        encryption=None,
    )


def sow_hostile(database: Database) -> Sower:
    """Sow it all."""
    sower = Sower(database, NOW - 7200, "hostile")
    for name in (*NAMES, LONG):
        sower.swept(bucket(SHOP, name), _bucket(name))
        sower.swept(
            Resource("aws", SHOP, EU, "AWS::EC2::SecurityGroup", name),
            a_group(name, (22, 22, "0.0.0.0/0"), name=name),
        )
    sower.at = NOW - 3600
    for number, name in enumerate(NAMES):
        # a name in an event must be one that AWS allows; all else of it is as hostile as its sender
        real = bucket(SHOP, f"bucket-{number}")
        length = MEGABYTES if not number else 0
        sower.changed(real, _bucket(name, length), "PutBucketPolicy", _by(name),
                      request={"bucketName": real.id, "policy": _document(name)})  # fmt: skip
        sower.changed(real, {"policy_document": None, "policy_status": None}, "DeleteBucketPolicy", _by(name),
                      request={"bucketName": real.id})  # fmt: skip
        sower.changed(real, {"policy_document": _document(name, length), "policy_status": {"IsPublic": True}},
                      "PutBucketPolicy", _by(name), request={"bucketName": real.id})  # fmt: skip
        sower.received(json.dumps({"source": name, "detail": {MARKUP: name}}))
        sower.received(name)
    sower.at = NOW
    return sower
