"""The process in which a rule runs: a line of JSON in for every invocation, a line out.

The first line tells the rule and its limits; the answer to it tells how the process is confined, or why the rule could not be
loaded.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO

from liveaudit.audit.asked.inside import confine
from liveaudit.audit.asked.inside.aws import Interception, Session
from liveaudit.audit.asked.inside.watched import Note, watch

_LONGEST = 600
Handler = Callable[[Any, Any], Any]


def main() -> None:
    """Answer until the input ends."""
    given, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # what the rule prints must not be taken for answers
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    job = json.loads(given.readline())
    confine.limit(job["memory"], job["cpu"])
    parted = confine.part_from_network()

    aws = Interception()
    files = confine.keep_to_files(
        [*job["paths"], *job["readable"], sys.prefix, sys.base_prefix], job["scratch"]
    )
    confine.refuse_by_hook()
    # before the rule is loaded, which may take json.loads for its own
    loads = _Loads()
    json.loads = loads  # type: ignore[assignment]  # called like it
    try:
        handler = _load(job)
    except BaseException as error:  # noqa: BLE001 - whatever a rule raises as it is imported is told
        _tell(told, {"error": f"the rule cannot be loaded: {_words(error)}"})
        return
    _tell(told, {"ready": True, "network": parted, "files": files})
    for line in given:
        asked = loads.plain(line)
        event = asked["event"]
        unread, missing = frozenset(asked["unread"]), set[str]()
        watched = partial(_watched, unread, missing.add)
        aws.session = loads.session = Session(
            token=event["resultToken"],
            account=event["accountId"],
            rule=event["configRuleName"],
            items=asked["items"],
            reads=asked["reads"],
            watched=watched,
        )
        answer = _run(handler, event)
        answer |= {
            "evaluations": aws.session.evaluations,
            "tested": aws.session.tested,
            "refused": aws.session.refused,
            "missing": sorted(missing),
        }
        _tell(told, answer)


def _watched(unread: frozenset[str], note: Note, value: Any, path: str) -> Any:
    return watch(value, path, unread, note)


def _load(job: dict[str, Any]) -> Handler:
    for path in reversed(job["paths"]):
        sys.path.insert(0, path)
    sys.path.append(str(Path(__file__).parent / "stand_ins"))
    module = importlib.import_module(job["module"])
    found = getattr(module, job["function"], None)
    if not callable(found):
        raise ImportError(f"{job['module']} has no function {job['function']}")
    handler: Handler = found
    return handler


def _run(handler: Handler, event: dict[str, Any]) -> dict[str, Any]:
    try:
        returned = handler(event, _context(event))
    except BaseException as error:  # noqa: BLE001 - SystemExit too is the rule's failure, not ours
        return {"error": _words(error)}
    try:
        return {"returned": json.loads(json.dumps(returned, default=str)[: _LONGEST * 100])}
    except ValueError:
        return {"returned": None}


def _words(error: BaseException) -> str:
    """The error and the line of the rule that raised it."""
    at = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(at[-1].filename).name}, line {at[-1].lineno})" if at else ""
    return f"{type(error).__name__}: {error}"[:_LONGEST] + where


def _context(event: dict[str, Any]) -> SimpleNamespace:
    """The context that Lambda hands to a handler."""
    region = os.environ.get("AWS_REGION", "us-east-1")
    name = event["configRuleName"]
    return SimpleNamespace(
        function_name=name,
        function_version="$LATEST",
        invoked_function_arn=f"arn:aws:lambda:{region}:{event['accountId']}:function:{name}",
        memory_limit_in_mb=512,
        aws_request_id="liveaudit-sandbox",
        log_group_name=f"/aws/lambda/{name}",
        log_stream_name="liveaudit-sandbox",
        get_remaining_time_in_millis=lambda: 30_000,
    )


class _Loads:
    """``json.loads``, which has what it reads of a configuration item watched."""

    def __init__(self) -> None:
        self.plain = json.loads
        self.session: Session | None = None

    def __call__(self, text: Any, *arguments: Any, **options: Any) -> Any:
        value = self.plain(text, *arguments, **options)
        if self.session is None:
            return value
        if isinstance(text, str) and text in self.session.handed:
            return self.session.watched(value, self.session.handed[text])
        if isinstance(value, dict) and "configurationItem" in value:
            item = self.session.watched(value.pop("configurationItem"), "")
            value = self.session.watched(value, "invokingEvent")
            value["configurationItem"] = item
        return value


def _tell(told: BinaryIO, answer: dict[str, Any]) -> None:
    told.write(json.dumps(answer, default=str).encode() + b"\n")
    told.flush()
