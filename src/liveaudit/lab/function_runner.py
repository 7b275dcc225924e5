"""Runs one invocation of a Python function, as a program of its own: event on standard input, result in a file.

The result's first character says whether it failed. It imports nothing of ours: what it runs is not ours.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import traceback
from pathlib import Path
from typing import Any


class LambdaContext:
    """What a handler is given beside its event, with Lambda's own names."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.function_name = given["name"]
        self.function_version = "$LATEST"
        self.invoked_function_arn = given["arn"]
        self.memory_limit_in_mb = given["memory"]
        self.aws_request_id = given["request_id"]
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "lab"
        self.identity = None
        self.client_context = None
        self._ends = time.monotonic() + float(given["seconds"])

    def get_remaining_time_in_millis(self) -> int:
        """Until the function is ended."""
        return max(0, int((self._ends - time.monotonic()) * 1000))


def main() -> None:
    """Run it."""
    given = json.loads(sys.argv[1])
    event = json.loads(sys.stdin.read())
    sys.path.insert(0, given["code"])
    try:
        module, _, name = given["handler"].rpartition(".")
        handler = getattr(importlib.import_module(module.replace("/", ".")), name)
        content = "0" + json.dumps(handler(event, LambdaContext(given)))
    except Exception as error:  # noqa: BLE001 - whatever the function raises is its answer
        told = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "stackTrace": traceback.format_exc().splitlines(),
        }
        content = "1" + json.dumps(told)
    Path(given["result"]).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
