"""EC2 where moto falls short: the settings of a region, and filters that it does not know.

Sources: the EC2 API Reference of the operations below, and its "Default" notes: snapshots unblocked, images blocked
from new sharing, no defaults for instance metadata, the serial console off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from liveaudit.lab import internals
from liveaudit.lab.calls import Call

Answer = tuple[int, list[tuple[str, str]], bytes]
Settings = dict[str, Any]

_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
_DEFAULTS: Settings = {
    "snapshots": "unblocked",
    "images": "block-new-sharing",
    "metadata": {},
    "console": False,
    "allowed images": "disabled",
    "key": "alias/aws/ebs",
}
_METADATA = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")


def install(patches: internals.Patches) -> None:
    """Mend moto's EC2."""
    patches.wrap("ec2.models.network_acls:NetworkAcl.get_filter_value", _network_acl_filter)
    patches.wrap(
        "ec2.responses.elastic_block_store:ElasticBlockStore.describe_snapshots", _restorable_snapshots
    )


def _network_acl_filter(
    original: Callable[..., Any], acl: Any, filter_name: str, method_name: str | None = None
) -> Any:
    return acl.id if filter_name == "network-acl-id" else original(acl, filter_name, method_name)


def _restorable_snapshots(original: Callable[[Any], Any], response: Any) -> Any:
    """``RestorableByUserIds``, which moto passes over."""
    answered = original(response)
    wanted = set(response._get_param("RestorableByUserIds", []))
    if wanted:
        answered.result["Snapshots"] = [
            each
            for each in answered.result["Snapshots"]
            if wanted & (each.create_volume_permission_groups | each.create_volume_permission_userids)
        ]
    return answered


def answer(call: Call) -> Answer | None:
    """The answer to a call about the region's settings, None for every other call."""
    handler = _HANDLERS.get(call.operation) if call.service == "ec2" else None
    if handler is None:
        return None
    backend = internals.module("ec2.models").ec2_backends[call.account][call.region]
    settings: Settings = backend.__dict__.setdefault("_lab_settings", {**_DEFAULTS, "metadata": {}})
    given = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
    inner = "".join(_xml(name, value) for name, value in handler(settings, given).items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{call.operation}Response xmlns="{_NAMESPACE}">'
        f"<requestId>{call.request_id}</requestId>{inner}</{call.operation}Response>"
    ).encode()
    headers = [("Content-Type", "text/xml;charset=UTF-8"), ("Content-Length", str(len(content)))]
    return 200, headers, content


def _xml(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_xml(*each) for each in value.items())}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(text)}</{name}>"


def _getter(key: str, element: str) -> Callable[[Settings, Mapping[str, str]], dict[str, Any]]:
    return lambda settings, _given: {element: settings[key]}


def _setter(
    key: str, element: str, value: Any = None, parameter: str = ""
) -> Callable[[Settings, Mapping[str, str]], dict[str, Any]]:
    def set_it(settings: Settings, given: Mapping[str, str]) -> dict[str, Any]:
        settings[key] = given.get(parameter, value) if parameter else value
        return {element: settings[key]}

    return set_it


def _metadata_changed(settings: Settings, given: Mapping[str, str]) -> dict[str, Any]:
    for name in _METADATA:
        value = given.get(name)
        if value in ("no-preference", "-1"):
            settings["metadata"].pop(name, None)
        elif value is not None:
            settings["metadata"][name] = value
    return {"return": True}


def _metadata(settings: Settings, _given: Mapping[str, str]) -> dict[str, Any]:
    return {
        "accountLevel": {name[0].lower() + name[1:]: value for name, value in settings["metadata"].items()}
    }


_IMAGES = "imageBlockPublicAccessState"
_HANDLERS: dict[str, Callable[[Settings, Mapping[str, str]], dict[str, Any]]] = {
    "GetSnapshotBlockPublicAccessState": _getter("snapshots", "state"),
    "EnableSnapshotBlockPublicAccess": _setter("snapshots", "state", "block-all-sharing", "State"),
    "DisableSnapshotBlockPublicAccess": _setter("snapshots", "state", "unblocked"),
    "GetImageBlockPublicAccessState": _getter("images", _IMAGES),
    "EnableImageBlockPublicAccess": _setter("images", _IMAGES, "block-new-sharing"),
    "DisableImageBlockPublicAccess": _setter("images", _IMAGES, "unblocked"),
    "GetInstanceMetadataDefaults": _metadata,
    "ModifyInstanceMetadataDefaults": _metadata_changed,
    "GetSerialConsoleAccessStatus": _getter("console", "serialConsoleAccessEnabled"),
    "EnableSerialConsoleAccess": _setter("console", "serialConsoleAccessEnabled", True),
    "DisableSerialConsoleAccess": _setter("console", "serialConsoleAccessEnabled", False),
    "GetAllowedImagesSettings": _getter("allowed images", "state"),
    "GetEbsDefaultKmsKeyId": _getter("key", "kmsKeyId"),
    "ModifyEbsDefaultKmsKeyId": _setter("key", "kmsKeyId", "alias/aws/ebs", "KmsKeyId"),
    "ResetEbsDefaultKmsKeyId": _setter("key", "kmsKeyId", "alias/aws/ebs"),
}
