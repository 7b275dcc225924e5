"""Remedies filled in for one resource: what a reader would put in by hand is put in, where it is surely known.

A command's option that the catalog's own rows give the resource's id tells which UPPER-CASE word is that id: ``--bucket
BUCKET`` where a section is read with ``{"Bucket": "{id}"}``. Names may come from an attacker: in commands they are quoted
for the shell, and one that a template would read otherwise is not put in.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from liveaudit.catalog.types import ResourceType
from liveaudit.model import GLOBAL_REGION, Resource
from liveaudit.policies.remedies import Remedies

_OPTION = re.compile(r"--([a-z0-9-]+)[ =]([A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*)(?![\w=-])")
_HARMLESS = re.compile(r"[\w.:/@+=,-]+", re.ASCII)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")


def filled(remedies: Remedies, resource_type: ResourceType, resource: Resource, arn: str) -> dict[str, str]:
    """The ways to mend it, for this resource; a way that there is none of is left out."""
    known = dict(_known(resource_type, resource, arn))
    words = {
        word: value
        for option, word in _OPTION.findall(remedies.cli.text)
        if (value := known.get(option)) is not None
    }
    found = {name: way.text for name, way in remedies.ways().items() if way.text}
    if "cli" in found:
        found["cli"] = "\n".join(_in_region(found["cli"], resource))
    return {name: _put_in(text, words, in_command=name == "cli") for name, text in found.items()}


def _known(resource_type: ResourceType, resource: Resource, arn: str) -> Iterator[tuple[str, str]]:
    """Options of commands by which this resource is named, and their values."""
    parent, _, name = resource.id.rpartition("/")
    values = {"{id}": resource.id, "{ids}": resource.id, "{arn}": arn, "{parent}": parent, "{name}": name}
    root_last = sorted(resource_type.sections.values(), key=lambda each: each.name == resource_type.root)
    for section in root_last:
        for parameter, given in (section.call.params if section.call else {}).items():
            for option, template in _named(parameter, given):
                value = values.get(template, "") if isinstance(template, str) else ""
                if value:
                    yield option, value
                    if option.endswith("s"):
                        yield option[:-1], value
    yield "account-id", resource.account
    if resource.region != GLOBAL_REGION:
        yield "region", resource.region


def _named(parameter: str, given: Any) -> Iterator[tuple[str, Any]]:
    """The option that a parameter is, or a filter within it, with the one value that it has."""
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, Mapping) and isinstance(given.get("Name"), str):
        yield from _named(given["Name"], given.get("Values"))
        if given["Name"].endswith("-id"):
            yield from _named(f"{given['Name']}entifier", given.get("Values"))
    else:
        yield "-".join(_WORDS.findall(parameter)).lower(), given


def _put_in(text: str, words: Mapping[str, str], *, in_command: bool) -> str:
    def value(match: re.Match[str]) -> str:
        given = words[match[0]]
        if in_command and given.isprintable():
            # a text within quotes stays one; only the harmless goes there
            quoted = shlex.quote(given)
            return quoted if quoted == given or not _is_quoted(text, match.start()) else match[0]
        return given if _HARMLESS.fullmatch(given) else match[0]

    if not words:
        return text
    names = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    return re.sub(rf"(?<![\w$-])(?:{names})(?![\w-])", value, text)


def _is_quoted(text: str, place: int) -> bool:
    before = text[text.rfind("\n", 0, place) + 1 : place]
    return before.count("'") % 2 == 1 or before.count('"') % 2 == 1


def _in_region(commands: str, resource: Resource) -> Iterator[str]:
    """Each command told its region, unless it says one or the resource has none."""
    pending: list[str] = []
    for line in commands.splitlines():
        pending.append(line)
        if not line.endswith("\\"):
            yield from _with_region(pending, resource)
            pending = []
    yield from pending


def _with_region(lines: list[str], resource: Resource) -> Iterator[str]:
    whole = "\n".join(lines)
    simple = lines[0].startswith("aws ") and not re.search(r"[|;#&<>]|\$\(", whole)
    if simple and resource.region != GLOBAL_REGION and "--region" not in whole:
        lines = [*lines[:-1], f"{lines[-1]} --region {resource.region}"]
    yield from lines
