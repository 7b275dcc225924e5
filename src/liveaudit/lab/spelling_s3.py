"""How CloudTrail writes down a call of S3: query, headers and the XML body as they were sent. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree  # only reads what a client on loopback sent to the lab

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})")
_NAMESPACE = re.compile(r"\{(.*)\}(.*)")
_KEPT_HEADERS = ("x-amz-acl", "x-amz-object-ownership", "x-amz-bucket-object-lock-enabled")
_GRANT = "x-amz-grant-"


def request_parameters(
    bucket: str, host: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
) -> dict[str, Any]:
    """``requestParameters``. ``headers`` by lower-case name; ``query`` with its sub-resource marker (``acl: ""``)."""
    spelled: dict[str, Any] = {"Host": host, **query}
    if bucket:
        spelled["bucketName"] = bucket
    spelled.update({name: headers[name] for name in _KEPT_HEADERS if name in headers})
    grants = {name: value for name, value in headers.items() if name.startswith(_GRANT)}
    if grants:
        spelled["accessControlList"] = grants
    if "policy" in query and body:
        spelled["bucketPolicy"] = _json(body)
    elif body.lstrip().startswith(b"<"):
        spelled.update(document(body))
    return spelled


def document(body: bytes) -> dict[str, Any]:
    """An XML body as CloudTrail shows it: names as sent, ``xmlns`` at the root, numbers and booleans as such.

    Empty for a body that is not well-formed: the service refuses that call, and CloudTrail then shows none either.
    """
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - of callers on this machine
    except ElementTree.ParseError:
        return {}
    namespace, name = _name(root.tag)
    content = _element(root)
    if namespace and isinstance(content, dict):
        content = {"xmlns": namespace, **content}
    return {name: content}


def resources(bucket: str, account: str) -> list[dict[str, str]]:
    """The record's ``resources`` for a call on a bucket."""
    return [{"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")


def _name(tag: str) -> tuple[str, str]:
    found = _NAMESPACE.fullmatch(tag)
    return (found[1], found[2]) if found else ("", tag)


def _element(element: ElementTree.Element) -> Any:
    content: dict[str, Any] = {_name(key)[1]: value for key, value in element.attrib.items()}
    for child in element:
        name = _name(child.tag)[1]
        value = _element(child)
        if name not in content:
            content[name] = value
        elif isinstance(content[name], list):
            content[name].append(value)
        else:
            content[name] = [content[name], value]
    return content or _scalar((element.text or "").strip())


def _scalar(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    return int(text) if _NUMBER.fullmatch(text) else text
