"""How what a policy finds is mended: in the console, with the command line, with CloudFormation, with Terraform."""

from __future__ import annotations

import textwrap
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from liveaudit.model import LiveauditError

WAYS = ("console", "cli", "cloudformation", "terraform")
NONE = "_none"


class RemedyError(LiveauditError):
    """A file of remedies is not as it should be; its text says where and what."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to mend it: ``text`` tells how, or it is empty and ``why_none`` tells why there is none."""

    text: str = ""
    why_none: str = ""


@dataclass(frozen=True, slots=True)
class Remedies:
    """The ways to mend what one policy finds, each of them told or said not to exist.

    ``console``: a sentence or two. ``cli``: commands of the AWS CLI. ``cloudformation``: resources in YAML.
    ``terraform``: resources in HCL.
    """

    console: Way
    cli: Way
    cloudformation: Way
    terraform: Way

    def ways(self) -> dict[str, Way]:
        """The ways by their names, in the order in which they are told."""
        return {name: getattr(self, name) for name in WAYS}

    def plain(self) -> dict[str, str]:
        """As it stands in the file: a way's name and its text, or the name with ``_none`` and the reason."""
        return {
            name if way.text else f"{name}{NONE}": way.text or way.why_none
            for name, way in self.ways().items()
        }


def read_remedies(text: str, where: str) -> dict[str, Remedies]:
    """The remedies in a TOML text, by policy id. ``where``: the file's name, for errors.

    A table per policy has ``console``, ``cli``, ``cloudformation`` and ``terraform``, or in the place of one
    ``<way>_none`` with the reason why there is none. The heading ``Resources:`` of a template may be left out. Raises
    RemedyError for anything else.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RemedyError(f"{where}: {error}") from error
    return {policy_id: _remedies(table, f"{where}: {policy_id}") for policy_id, table in tables.items()}


def _remedies(table: Any, where: str) -> Remedies:
    if not isinstance(table, Mapping):
        raise RemedyError(f"{where}: is no table")
    known = {f"{way}{end}" for way in WAYS for end in ("", NONE)}
    if strange := sorted(table.keys() - known):
        raise RemedyError(f"{where}: {strange[0]} is none of: {', '.join(sorted(known))}")
    return Remedies(**{way: _way(table, way, where) for way in WAYS})


def _way(table: Mapping[str, Any], name: str, where: str) -> Way:
    given = [key for key in (name, f"{name}{NONE}") if key in table]
    if len(given) != 1:
        raise RemedyError(f"{where}: needs either {name} or {name}{NONE}, a reason why there is none")
    text = table[given[0]]
    if not isinstance(text, str) or not text.strip():
        raise RemedyError(f"{where}: {given[0]} is no text")
    text = text.strip("\n").rstrip()
    if given[0] != name:
        return Way(why_none=text)
    return Way(text=_whole(text) if name == "cloudformation" else text)


def _whole(snippet: str) -> str:
    """Resources of a template with the heading that they have there."""
    return snippet if snippet.startswith("Resources:") else "Resources:\n" + textwrap.indent(snippet, "  ")
