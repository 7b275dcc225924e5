"""How large a queue's policy may be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveaudit.lab.queue_policy import too_large

ONE: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


def accounts(count: int) -> dict[str, Any]:
    return {**ONE, "Principal": {"AWS": [f"{n:012d}" for n in range(count)]}}


def conditions(count: int) -> dict[str, Any]:
    return {**ONE, "Condition": {"StringEquals": {f"aws:key{n}": "x" for n in range(count)}}}


@pytest.mark.parametrize(
    ("fits", "does_not", "what"),
    [
        (document(*[ONE] * 20), document(*[ONE] * 21), "21 statements"),
        (document(accounts(50)), document(accounts(50), ONE), "51 principals"),
        (document(conditions(10)), document(conditions(5), conditions(6)), "11 conditions"),
        (document({**ONE, "Action": ["sqs:a"] * 7}), document({**ONE, "Action": ["sqs:a"] * 8}), "8 actions"),
        (document({**ONE, "Sid": "x" * 7000}), document({**ONE, "Sid": "x" * 9000}), "8192 are allowed"),
    ],
)
def test_limits(fits: str, does_not: str, what: str) -> None:
    assert too_large(fits) == ""
    assert what in too_large(does_not)


@pytest.mark.parametrize("malformed", ["{", "[]", '"x"'])
def test_malformed(malformed: str) -> None:
    assert too_large(malformed)
