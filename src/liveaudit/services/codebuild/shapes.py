"""Projects as far as policies need them: values of variables, build specifications, URLs and webhooks' secrets stay out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from liveaudit.policies.secrets import credentials_in_url, variables

PLAINTEXT = "PLAINTEXT"
_KEPT = (
    "name",
    "arn",
    "projectVisibility",
    "resourceAccessRole",
    "serviceRole",
    "encryptionKey",
    "logsConfig",
    "vpcConfig",
)
_OF_THE_ENVIRONMENT = ("type", "image", "computeType", "privilegedMode", "imagePullCredentialsType")
_OF_THE_WEBHOOK = (
    "branchFilter",
    "filterGroups",
    "buildType",
    "scopeConfiguration",
    "pullRequestBuildPolicy",
)
_OF_A_SOURCE = ("type", "sourceIdentifier", "insecureSsl")


def project(given: Any) -> Any:
    """A project without what may be secret. Raises ValueError for another shape."""
    if given is None:
        return None
    kept = _some(given, _KEPT)
    for name, keys in (("environment", _OF_THE_ENVIRONMENT), ("webhook", _OF_THE_WEBHOOK)):
        if given.get(name) is not None:
            kept[name] = _some(given[name], keys)
    return kept


def plain_variables(given: Any) -> Any:
    """The variables that stand in the project itself, by name; references to parameters and secrets are left out."""
    if given is None:
        return []
    return variables(
        (each["name"], each.get("value", ""))
        for each in map(_mapping, given)
        if each.get("type", PLAINTEXT) == PLAINTEXT
    )


def sources(given: Any) -> Any:
    """The project's sources: where each is, without credentials, and the kind of credential found in it.

    ``inlineBuildspec`` tells whether the build specification stands in the project, not in the source.
    """
    if given is None:
        return []
    return [_source(each) for each in map(_mapping, given)]


def _source(given: Mapping[str, Any]) -> dict[str, Any]:
    location = given.get("location")
    buildspec = given.get("buildspec")
    told = _some(given, _OF_A_SOURCE)
    if isinstance(location, str):
        told["location"] = without_credentials(location)
        told["Secret"] = credentials_in_url(location)
    if isinstance(buildspec, str):
        told["inlineBuildspec"] = "\n" in buildspec.strip() or buildspec.lstrip().startswith(
            ("version:", "{")
        )
    return told


def without_credentials(url: str) -> str:
    """A URL without user and password, query and fragment; the whole of it hidden where it cannot be read."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "..."
    return parts._replace(netloc=host, query="", fragment="").geturl()


def _some(given: Any, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: given[key] for key in keys if key in _mapping(given)}


def _mapping(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise ValueError("a part of a project is no structure")
    return given
