"""Policies that a rule of AWS Config decides: where its code is, and what it is invoked with."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom.common import Common, PolicyMistakeError
from liveaudit.custom.functions import AskedElsewhere, check_place
from liveaudit.custom.shape_of_config_rules import ConfigRuleSpec
from liveaudit.policies.config_items.item import KINDS
from liveaudit.policies.config_items.rule import RuleOptions
from liveaudit.policies.policy import Asks, Policy, PolicyKind
from liveaudit.policies.tags import tag_sections
from liveaudit.settings.mistakes import nearest, shown

_FIELD = "config_rule"
MOST_FILES = 2000
LARGEST_FILE = 1024 * 1024
DEEPEST = 6
_SKIPPED = frozenset({"__pycache__", "node_modules"})
_ENDINGS = (".py", ".json")


def build(common: Common, spec: ConfigRuleSpec, _catalog: Catalog) -> Policy:
    """A policy on one type. Raises PolicyMistakeError."""
    if (spec.file is UNSET) == (spec.function is UNSET):
        raise PolicyMistakeError(
            (_FIELD,), "file or function is needed, and one of the two: where is the rule?"
        )
    options = _deployed(spec) if spec.file is UNSET else _in_a_file(common, spec, spec.file)
    kind = KINDS.get(common.type.name)
    if kind is None and not options.periodic:
        raise PolicyMistakeError(
            (_FIELD,),
            f"no configuration item can be made of {common.type.name}, only a periodic rule can judge it; "
            f"items can be made of {', '.join(sorted(KINDS))}",
        )
    for number, name in enumerate(spec.sections):
        if name not in common.type.sections:
            near = nearest(name, common.type.sections)
            raise PolicyMistakeError(
                (_FIELD, "sections", number), f"{shown(name)} is no section of {common.type.name}{near}"
            )
    sections = {*spec.sections, *tag_sections(common.type), *(kind.sections if kind else (common.type.root,))}
    asks = Asks(options.deployed or str(spec.file), options)
    definition = json.dumps({_FIELD: msgspec.to_builtins(spec)}, indent=2)
    judge = AskedElsewhere(_told(asks.whom, options), definition)
    made = common.policy(PolicyKind.CONFIG_RULE, judge, sections, asks=asks)
    return replace(made, version=_version(common.version, options.paths))


def _told(whom: str, options: RuleOptions) -> str:
    where = "deployed as" if options.deployed else "in the file"
    how = "once for an account and region" if options.periodic else "for each resource"
    return f"A rule of AWS Config says it, {where} {whom}, invoked {how}."


def _in_a_file(common: Common, spec: ConfigRuleSpec, named: str) -> RuleOptions:
    if spec.fields:
        raise PolicyMistakeError(
            (_FIELD, "fields"), "is for functions: what a rule in a file looks at is noticed"
        )
    file = _found(common, named)
    told = _told_beside(file)
    return RuleOptions(
        paths=(str(file.parent), *(str(each) for each in _libraries(common, spec))),
        module=file.stem,
        function=spec.handler,
        periodic=told.get("periodic", False) if spec.trigger is UNSET else spec.trigger == "periodic",
        parameters={**told.get("parameters", {}), **spec.rule_parameters},
        timeout=float(spec.timeout),
        memory=spec.memory,
    )


def _deployed(spec: ConfigRuleSpec) -> RuleOptions:
    arn = str(spec.function)
    check_place(arn, (_FIELD, "function"))
    if spec.trigger == "periodic":
        raise PolicyMistakeError(
            (_FIELD, "trigger"),
            "a deployed function is asked about one resource at a time: only a rule in a file can be periodic",
        )
    if not spec.fields:
        raise PolicyMistakeError(
            (_FIELD,), "fields is missing: the fields of the configuration item that the function looks at"
        )
    return RuleOptions(
        parameters=dict(spec.rule_parameters),
        timeout=float(spec.timeout),
        deployed=arn,
        fields=spec.fields,
    )


def _found(common: Common, named: str) -> Path:
    field = (_FIELD, "file")
    if common.folder is None:
        raise PolicyMistakeError(field, "cannot be found: the file of policies stands in no folder")
    file = common.folder / named
    try:
        told = file.stat()
    except OSError as error:
        where = f"{shown(named)} cannot be read in the folder of policies"
        raise PolicyMistakeError(field, f"{where}: {os.strerror(error.errno or 0)}") from None
    if not file.resolve().is_relative_to(common.folder.resolve()):
        raise PolicyMistakeError(field, "leads out of the folder of policies")
    if not file.stem.isidentifier():
        raise PolicyMistakeError(field, f"{shown(file.name)} is no name that Python can import")
    if told.st_mode & stat.S_IWOTH:
        raise PolicyMistakeError(field, f"anybody may write it: chmod o-w {shown(named)}")
    return file


def _libraries(common: Common, spec: ConfigRuleSpec) -> Iterator[Path]:
    for number, name in enumerate(spec.libraries):
        folder = (common.folder or Path()) / name
        if not folder.is_dir():
            raise PolicyMistakeError(
                (_FIELD, "libraries", number), f"{shown(name)} is no folder in the folder of policies"
            )
        if common.folder is not None and not folder.resolve().is_relative_to(common.folder.resolve()):
            raise PolicyMistakeError((_FIELD, "libraries", number), "leads out of the folder of policies")
        yield folder


def _told_beside(file: Path) -> dict[str, Any]:
    """What RDK's ``parameters.json`` says: the defaults of parameters, and whether the rule is periodic only."""
    beside = file.parent / "parameters.json"
    if not beside.is_file():
        return {}
    field = (_FIELD, "file")
    try:
        told = json.loads(beside.read_bytes()[:LARGEST_FILE])["Parameters"]
        given = [json.loads(told.get(each) or "{}") for each in ("OptionalParameters", "InputParameters")]
        parameters = {str(key): str(value) for each in given for key, value in each.items() if str(value)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        text = f"parameters.json beside it is not as RDK writes it: {type(error).__name__}: {error}"
        raise PolicyMistakeError(field, text[:300]) from None
    return {
        "parameters": parameters,
        "periodic": bool(told.get("SourcePeriodic")) and not told.get("SourceEvents"),
    }


def _version(said: str, paths: tuple[str, ...]) -> str:
    """Another when the rule, or what it imports from its folders, is another."""
    digest = hashlib.blake2b(said.encode(), digest_size=16)
    for path in paths:
        for file in files_below(Path(path)):
            digest.update(str(file).encode("utf-8", "replace"))
            try:
                told = file.stat()
                digest.update(_content(str(file), told.st_mtime_ns, told.st_size, told.st_ino))
            except OSError as error:
                digest.update(type(error).__name__.encode())
    return digest.hexdigest()


@lru_cache(maxsize=MOST_FILES)
def _content(file: str, _changed: int, _size: int, _inode: int) -> bytes:
    """The digest of a file: many policies may have their rules in one folder. Raises OSError."""
    return hashlib.blake2b(Path(file).read_bytes()[:LARGEST_FILE]).digest()


def files_below(folder: Path) -> list[Path]:
    """The files of rules in a folder and below it: of a number that is limited, and not those of hidden folders."""
    found: list[Path] = []
    for at, folders, names in os.walk(folder):
        deep = len(Path(at).relative_to(folder).parts)
        folders[:] = sorted(
            each for each in folders if deep < DEEPEST and not each.startswith(".") and each not in _SKIPPED
        )
        found += [Path(at) / each for each in sorted(names) if each.endswith(_ENDINGS)]
        if len(found) >= MOST_FILES:
            break
    return found[:MOST_FILES]
