"""Which tests are too dear for the fast tier: those in ``dear.txt``, by the CPU that they took.

As a plugin (``make dear``) it measures, and writes the list again.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

LIST = Path(__file__).with_name("dear.txt")
LIMIT = 0.1
"""Seconds of CPU that a test function may take with all its cases."""
KEPT = (
    "tests/property/test_event_sweep_equality.py::test_some_histories",
    "tests/property/test_hostile_events.py::",
    "tests/unit/custom/test_hostile.py::",
    "tests/unit/services/test_every_policy.py::",
)
"""Where their names begin: what the fast tier has whatever it takes, because it says most."""

_took: defaultdict[str, float] = defaultdict(float)


def dear() -> frozenset[str]:
    """The tests that the list names, as pytest does, without their cases."""
    return frozenset(LIST.read_text(encoding="utf-8").split())


def function_of(node: str) -> str:
    """The name of a test without its case."""
    return node.partition("[")[0]


def _cpu() -> float:
    """Of this process and of those that it has waited for."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Measure."""
    before = _cpu()
    result = yield
    _took[function_of(item.nodeid)] += _cpu() - before
    return result


def pytest_sessionfinish() -> None:
    """Write the list."""
    took = [name for name, seconds in _took.items() if seconds > LIMIT]
    names = sorted(name for name in took if not name.startswith(KEPT))
    LIST.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
