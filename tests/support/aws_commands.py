"""Lines for the ``aws`` command, held against its own tables: service, operation, options, and how values are put together."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from awscli.argprocess import ParamError, ParamShorthandParser, unpack_cli_arg
from awscli.clidriver import create_clidriver
from botocore.exceptions import ParamValidationError
from botocore.validate import ParamValidator

PLACEHOLDER = re.compile(r"[A-Z][A-Z0-9-]*")
"""What a reader puts something of his own in place of: ``BUCKET``, ``KEY-ARN``."""
_MATTERS = ("Unknown parameter", "Missing required parameter", "Invalid type")


def commands(text: str) -> list[str]:
    """The commands of a text, one a line; a backslash at the end goes on in the next."""
    return [line.strip() for line in re.sub(r"\\\n\s*", " ", text).splitlines() if line.strip()]


def problems(command: str) -> Iterator[str]:
    """What is wrong with one command: nothing for one that the AWS CLI takes."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        yield f"{command}: the shell cannot read it: {error}"
        return
    if words[0] != "aws":
        yield f"{command}: begins with {words[0]!r}, not with aws"
        return
    for problem in _problems(words[1:]):
        yield f"{command}: {problem}"


@lru_cache(maxsize=1)
def _driver() -> Any:
    return create_clidriver()


@lru_cache(maxsize=1)
def _global_options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for argument in _driver()._get_argument_table().values():
        argument.add_to_parser(parser)
    return parser


@lru_cache(maxsize=1)
def _services() -> Any:
    return _driver()._get_command_table()


@lru_cache(maxsize=64)
def _operations(service: str) -> Any:
    command = _services()[service]
    return command.subcommand_table if hasattr(command, "subcommand_table") else command._get_command_table()


def _problems(words: list[str]) -> Iterator[str]:
    _, (service, *words) = _global_options().parse_known_args([*words, ""])
    words.pop()
    if service not in _services():
        yield f"the AWS CLI has no {service}"
        return
    if not words or words[0] not in _operations(service):
        yield f"{service} has no {words[0] if words else 'operation'}"
        return
    command = _operations(service)[words[0]]
    if not isinstance(command.arg_table, dict):
        return
    yield from _argument_problems(f"process-cli-arg.{service}.{words[0]}", command, words[1:])


def _argument_problems(event: str, command: Any, words: list[str]) -> Iterator[str]:
    table = command.arg_table
    options = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for argument in table.values():
        argument.add_to_parser(options)
    for action in options._actions:
        action.required = False
    try:
        parsed, left = options.parse_known_args(words)
    except argparse.ArgumentError as error:
        yield str(error)
        return
    if left:
        yield f"unknown: {' '.join(left)}"
    # where nothing was given some options of EC2 hold a mark of their own
    values = {
        name: value for name, value in vars(parsed).items() if value is not None and type(value) is not object
    }
    given = {word.partition("=")[0].removeprefix("--") for word in words if word.startswith("--")}
    for name, argument in table.items():
        if argument.required and argument.py_name not in values and name not in given:
            yield f"--{name} is required"
    for name, argument in table.items():
        if argument.py_name in values and getattr(argument, "argument_model", None) is not None:
            yield from _value_problems(event, name, argument, values[argument.py_name])


def _value_problems(event: str, name: str, argument: Any, value: Any) -> Iterator[str]:
    """What is wrong with how the value of an option is put together. Files and placeholders may hold anything.

    A switch of EC2's own (``--no-map-public-ip-on-launch``) has no value that is written out.
    """
    if isinstance(value, bool) and argument.argument_model.type_name == "structure":
        return
    texts = [str(each) for each in value] if isinstance(value, list) else [str(value)]
    if any(text.startswith(("file://", "fileb://")) or PLACEHOLDER.fullmatch(text) for text in texts):
        return
    try:
        unpacked = ParamShorthandParser()(argument, value, event)
        if unpacked is None:
            unpacked = unpack_cli_arg(argument, value)
        report = ParamValidator().validate(unpacked, argument.argument_model)
    except (ParamError, ParamValidationError, ValueError, TypeError) as error:
        yield f"--{name}: {error}"
        return
    yield from (
        f"--{name}: {line}" for line in report.generate_report().splitlines() if line.startswith(_MATTERS)
    )
    yield from (f"--{name}: {problem}" for problem in _unheard_of(argument.argument_model, unpacked))


def _unheard_of(shape: Any, value: Any) -> Iterator[str]:
    """Values that the API does not know, at any depth of a parameter."""
    if shape.type_name == "structure" and isinstance(value, dict):
        for key, each in value.items():
            if key in shape.members:
                yield from _unheard_of(shape.members[key], each)
    elif shape.type_name == "list" and isinstance(value, list):
        for each in value:
            yield from _unheard_of(shape.member, each)
    elif isinstance(value, str) and not PLACEHOLDER.fullmatch(value):
        known = getattr(shape, "enum", None) or [value]
        if value not in known:
            yield f"{value!r} is none of: {', '.join(known)}"
