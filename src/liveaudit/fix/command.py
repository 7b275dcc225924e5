"""A call as a command of the AWS CLI, ready to be pasted: names may come from an attacker, so every value is quoted."""

from __future__ import annotations

import json
import shlex
from typing import Any

from liveaudit.aws.caller import method_name
from liveaudit.fix.row import Call
from liveaudit.model import GLOBAL_REGION, Resource

_COMMANDS = {"s3": "s3api"}
"""Where the command line has another name for a service than the API's clients."""


def command(call: Call, resource: Resource) -> str:
    """The command, in one line."""
    name = method_name(call.operation).replace("_", "-")
    words = ["aws", _COMMANDS.get(call.client, call.client), name]
    for key, value in call.params.items():
        option = method_name(key).replace("_", "-")
        words += _option(option, value)
    if resource.region != GLOBAL_REGION:
        words += ["--region", resource.region]
    return " ".join(shlex.quote(each) for each in words)


def _option(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{name}" if value else f"--no-{name}"]
    if isinstance(value, str | int):
        text = str(value)
        # a value that begins with a dash would be taken for an option
        return [f"--{name}={text}"] if text.startswith("-") else [f"--{name}", text]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [f"--{name}", *value]
    return [f"--{name}", json.dumps(value, ensure_ascii=True)]
