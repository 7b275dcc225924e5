"""A settings file written by the program: every field with what it is for, and put in place at once or not at all."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from liveaudit.settings.mistakes import SettingsError
from liveaudit.settings.shape import Settings, schema

_HEADER = """\
# liveaudit's settings. Written by the set-up; change it by hand as you like, it is read again as it changes.
# What is left out has its usual value: liveaudit settings schema tells all fields, liveaudit settings check
# finds every mistake.
"""
_WIDTH = 100


def plain_of(settings: Settings) -> dict[str, Any]:
    """Settings as plain data, without what has its usual value."""
    made: dict[str, Any] = _without_defaults(settings)
    return made


def _without_defaults(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        told = {}
        for each in msgspec.structs.fields(value):
            given = getattr(value, each.name)
            # receiver and regions have none, and an account's id neither
            if given is msgspec.UNSET or (not each.required and given == each.default):
                continue
            told[each.encode_name] = _without_defaults(given)
        return told
    if isinstance(value, tuple):
        return [_without_defaults(each) for each in value]
    return value


def written(given: Mapping[str, Any]) -> str:
    """Plain data as a settings file, in the order of the schema. What the schema does not know stands at the end."""
    described = schema()["$defs"][Settings.__name__]["properties"]
    parts = [_HEADER]
    for name in [*described, *(each for each in given if each not in described)]:
        if name not in given:
            continue
        told = described.get(name, {}).get("description", "")
        comment = "\n".join(f"# {line}" for line in textwrap.wrap(told, _WIDTH))
        parts.append((f"{comment}\n" if comment else "") + _dumped({name: given[name]}))
    return "\n".join(parts)


class _Dumper(yaml.SafeDumper):
    """Digits in double quotes, as people write account ids; lists stand out from their key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - yaml's
        """Indent lists too."""
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    quoted = '"' if re.fullmatch(r"[0-9]+", value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=quoted)


_Dumper.add_representer(str, _text)


def _dumped(value: Mapping[str, Any]) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)


def save(path: Path, text: str) -> Path | None:
    """Put a settings file in place: a new one readable by its owner alone, else by whom the former one was. That, if it
    is another, is kept beside it with ``.old`` at its end, whose path is returned. Raises SettingsError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_bytes() if path.exists() else None
        kept = None
        if before is not None and before != text.encode():
            kept = path.with_name(path.name + ".old")
            _put(kept, before, like=path)
        _put(path, text.encode(), like=path)
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be written: {error.strerror}: let this process write there, or write it by hand"
        ) from error
    return kept


def _put(path: Path, data: bytes, *, like: Path) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if like.exists():
                _permit(handle, like.stat())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _permit(handle: int, former: os.stat_result) -> None:
    """Let those read a file who could read the former one."""
    mode = stat.S_IMODE(former.st_mode)
    try:
        os.fchown(handle, former.st_uid, former.st_gid)
    except PermissionError:
        # it has another group now, which was given nothing
        mode &= ~stat.S_IRWXG
    os.fchmod(handle, mode)
