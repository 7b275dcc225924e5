"""Lambda functions that are invoked: Python zips, each run in a process of its own. moto needs Docker for that.

Sources: Lambda developer guide, "Lambda function handler in Python", "Defined runtime environment variables", quotas; API
reference, Invoke.
"""

from __future__ import annotations

import collections
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

from liveaudit.lab import internals
from liveaudit.lab.accounts import lab_credentials
from liveaudit.lab.answers import Answer, CallRefused, refuse
from liveaudit.lab.calls import Call

_PATH = re.compile(r"/2015-03-31/functions/(.+)/invocations/?")
_LARGEST = 6_291_456
"""Bytes of a request or an answer of a synchronous invocation."""
_RUNNER = Path(__file__).parent / "function_runner.py"


class Functions:
    """Runs functions, no more of each at once than are reserved for it."""

    def __init__(self) -> None:
        self._running: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()

    def answer(self, call: Call) -> Answer:
        """The answer to Invoke."""
        try:
            return self._answer(call)
        except CallRefused as refused:
            return refuse(call, refused)

    def _answer(self, call: Call) -> Answer:
        environ = call.environ
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        if kind == "Event":
            raise NotImplementedError("the lab invokes functions synchronously only")
        function = _function(call)
        if len(call.body) > _LARGEST:
            text = f"Request must be smaller than {_LARGEST} bytes for the InvokeFunction operation"
            raise CallRefused("RequestTooLargeException", text, 413)
        try:
            json.loads(call.body or b"{}")
        except ValueError as error:
            text = f"Could not parse request body into json: {error}"
            raise CallRefused("InvalidRequestContentException", text) from error
        if kind == "DryRun":
            return _answered(call, 204, b"", "")
        with self._place(function):
            content, failed = _run(function, call)
        if len(content) > _LARGEST:
            text = f"Response payload size exceeded maximum allowed payload size ({_LARGEST} bytes)."
            content = json.dumps(
                {"errorMessage": text, "errorType": "Function.ResponseSizeTooLarge"}
            ).encode()
            failed = True
        return _answered(call, 200, content, "Unhandled" if failed else "")

    @contextmanager
    def _place(self, function: Any) -> Iterator[None]:
        """One of the function's reserved concurrency, where it has one."""
        arn, most = function.function_arn, function.reserved_concurrency
        with self._lock:
            if most is not None and self._running[arn] >= int(most):
                raise CallRefused("TooManyRequestsException", "Rate Exceeded.", 429)
            self._running[arn] += 1
        try:
            yield
        finally:
            with self._lock:
                self._running[arn] -= 1


def _function(call: Call) -> Any:
    found = _PATH.fullmatch(unquote(str(call.environ["PATH_INFO"])))
    named = found[1] if found else ""
    account, region, name = call.account, call.region, named
    qualifier = parse_qs(str(call.environ.get("QUERY_STRING", ""))).get("Qualifier", [""])[0]
    if named.startswith("arn:"):
        _, _, _, region, account, _, name, *rest = named.split(":")
        qualifier = rest[0] if rest else qualifier
    backend = internals.module("awslambda.models").lambda_backends[account][region]
    if name not in {each.function_name for each in backend.list_functions()}:
        arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
        raise CallRefused("ResourceNotFoundException", f"Function not found: {arn}", 404)
    return backend.get_function(name, qualifier or None)


def _run(function: Any, call: Call) -> tuple[bytes, bool]:
    """What the function returned, and whether it failed."""
    if not str(function.run_time).startswith("python"):
        raise NotImplementedError(f"the lab runs Python functions, {function.run_time} is none")
    account, region = function.function_arn.split(":")[4], function.function_arn.split(":")[3]
    with tempfile.TemporaryDirectory(prefix="liveaudit-lab-function-") as folder:
        code, result = Path(folder, "code"), Path(folder, "result")
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as packed:
            packed.extractall(code)
        given = {
            "code": str(code),
            "handler": function.handler,
            "result": str(result),
            "name": function.function_name,
            "arn": function.function_arn,
            "memory": str(function.memory_size),
            "seconds": function.timeout,
            "request_id": call.request_id,
        }
        try:
            ended = subprocess.run(
                [sys.executable, "-I", str(_RUNNER), json.dumps(given)],
                input=call.body or b"{}",
                env=_environment(function, account, region, call),
                cwd=code,
                capture_output=True,
                timeout=float(function.timeout),
                check=False,
            )
        except subprocess.TimeoutExpired:
            text = f"RequestId: {call.request_id} Error: Task timed out after {float(function.timeout):.2f} seconds"
            return _failure("Sandbox.Timedout", text), True
        if not result.exists():
            text = f"RequestId: {call.request_id} Error: Runtime exited with error: exit status {ended.returncode}"
            return _failure("Runtime.ExitError", text), True
        content = result.read_bytes()
        return content[1:], content[:1] != b"0"


def _environment(function: Any, account: str, region: str, call: Call) -> dict[str, str]:
    """What a function finds: nothing of the lab's own environment, and keys of its account in the lab."""
    keys = lab_credentials(account)
    digest = hashlib.sha256(function.function_arn.encode()).hexdigest()[:32]
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{call.environ.get('SERVER_PORT', '80')}",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_STREAM_NAME": f"lab/{digest}",
        "_HANDLER": str(function.handler),
        **{str(name): str(value) for name, value in function.environment_vars.items()},
    }


def _failure(kind: str, text: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()


def _answered(call: Call, status: int, content: bytes, failed: str) -> Answer:
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(content))),
        ("x-amzn-RequestId", call.request_id),
        ("X-Amz-Executed-Version", "$LATEST"),
    ]
    if failed:
        headers.append(("X-Amz-Function-Error", failed))
    return status, headers, content
