"""The process in which expressions are evaluated. It is a program of its own, which imports nothing of ours.

Its one argument is how many seconds of the processor one message may take. It has no credentials, can open no file, and may take no more memory than is set below; an evaluation that takes more
than its share of the processor is ended by the kernel, with the process. Messages are JSON after four bytes of length.
"""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import sys
from typing import Any

MEMORY = 1 << 30
"""Bytes of address space, the interpreter's own 200 million among them."""
ASKS = "older_than"
_UNDECLARED = re.compile(r"undeclared reference to '([A-Za-z_]\w*)")
_MISTAKE = re.compile(r"ERROR: [^:\n]*:(-?\d+):(-?\d+): ([^\n]*)")
_WRONG_TIME = "is no time"


def receive() -> Any:
    """The next message; None: there is none any more."""
    head = sys.stdin.buffer.read(4)
    if len(head) < 4:
        return None
    return json.loads(sys.stdin.buffer.read(int.from_bytes(head, "big")))


def send(message: Any) -> None:
    """Answer, or ask."""
    data = json.dumps(message).encode()
    sys.stdout.buffer.write(len(data).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()


def _is_older(when: Any, days: int) -> bool:
    """Asked of the other side, which alone knows the time."""
    send({"ask": [when if isinstance(when, str) else when.isoformat(), days]})
    answer = receive()
    if answer is None:
        sys.exit(0)
    if answer == _WRONG_TIME:
        raise ValueError(f"{when!r} {_WRONG_TIME}")
    return bool(answer)


class Expressions:
    """Compiles, once each, and evaluates."""

    def __init__(self) -> None:
        from cel_expr_python import cel
        from cel_expr_python.ext import ext_math, ext_optional, ext_strings

        self._cel = cel
        self._extensions = [ext_strings.ExtStrings(), ext_optional.ExtOptional(), ext_math.ExtMath()]
        self._compiled: dict[tuple[str, tuple[str, ...]], Any] = {}

    def _compile(self, expression: str, names: tuple[str, ...]) -> Any:
        known = self._compiled.get((expression, names))
        if known is not None:
            return known
        cel = self._cel
        overloads = [
            cel.Overload(f"{ASKS}_{kind.name()}", cel.Type.BOOL, [kind, cel.Type.INT], impl=_is_older)
            for kind in (cel.Type.STRING, cel.Type.TIMESTAMP)
        ]
        environment = cel.NewEnv(
            variables={name: cel.Type.DYN for name in names if name != ASKS},
            functions=[cel.FunctionDecl(ASKS, overloads)] if ASKS in names else [],
            extensions=self._extensions,
        )
        made = environment.compile(expression)
        if len(self._compiled) > 5000:
            self._compiled.clear()
        self._compiled[expression, names] = made
        return made

    def check(self, expression: str, names: list[str]) -> dict[str, Any]:
        """Which of the names it uses and what it gives, or what is wrong with it."""
        used: set[str] = set()
        while True:
            try:
                made = self._compile(expression, tuple(sorted(used)))
            except Exception as error:  # noqa: BLE001 - whatever the library says of it is its mistake
                more = set(_UNDECLARED.findall(str(error))) & set(names) - used
                if not more:
                    return {"wrong": _mistakes(str(error))}
                used |= more
            else:
                return {"gives": made.return_type().name(), "uses": sorted(used)}

    def evaluate(self, expression: str, names: list[str], data: dict[str, Any]) -> dict[str, Any]:
        """Its value, or why it has none."""
        try:
            result = self._compile(expression, tuple(names)).eval(
                data={name: data[name] for name in names if name != ASKS}
            )
        except Exception as error:  # noqa: BLE001 - as above
            return {"error": str(error)[:1000]}
        if result.type() == self._cel.Type.ERROR:
            return {"error": str(result.value())[:1000]}
        return {"value": _plain(result.plain_value())}


def _mistakes(text: str) -> list[list[Any]]:
    found = [[int(line), int(column), told] for line, column, told in _MISTAKE.findall(text)]
    return found or [[1, 1, text[:500]]]


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return str(value)


def answer(expressions: Expressions, asked: dict[str, Any]) -> dict[str, Any]:
    """One message answered. The conditions stop at the first that is not true; the texts are for where the last is false."""
    if "check" in asked:
        return expressions.check(asked["check"], asked["names"])
    results = []
    for expression, names in asked["conditions"]:
        results.append(expressions.evaluate(expression, names, asked["data"]))
        if results[-1].get("value") is not True:
            break
    texts = []
    if len(results) == len(asked["conditions"]) and results[-1].get("value") is False:
        texts = [
            expressions.evaluate(expression, names, asked["data"]) for expression, names in asked["texts"]
        ]
    return {"conditions": results, "texts": texts}


def main() -> None:
    """Answer until nobody asks any more."""
    seconds = float(sys.argv[1])
    expressions = Expressions()
    os.chdir("/")
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 3),
    ):
        resource.setrlimit(limit, (most, most))
    send("ready")
    while (asked := receive()) is not None:
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            answered = answer(expressions, asked)
        except MemoryError:
            answered = {"memory": True}
        signal.setitimer(signal.ITIMER_PROF, 0)
        send(answered)


if __name__ == "__main__":
    main()
