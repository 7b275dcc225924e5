"""What is told while a plan is carried out. The listener is handed in; it must not raise."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from liveaudit.provision.steps import Plan, Subject, Verb


class State(StrEnum):
    """How far a subject is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Progress(Protocol):
    """Who is told."""

    def planned(self, plan: Plan) -> None:
        """A round begins: this is what it will do."""

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """A subject got further. ``reason``: AWS's, when it failed."""

    def waiting(self, why: str) -> None:
        """Nothing can be done right now; told once for each reason."""


class Quiet:
    """Tells nobody."""

    def planned(self, plan: Plan) -> None:
        """See ``Progress``."""

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """See ``Progress``."""

    def waiting(self, why: str) -> None:
        """See ``Progress``."""


class Lines:
    """Tells one line for each subject that is done or failed, and for each reason to wait."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._waiting = ""

    def planned(self, plan: Plan) -> None:
        """See ``Progress``."""
        self._waiting = ""
        if plan.steps:
            self._tell(f"{len(plan.changes)} changes in {len(plan.steps)} steps")

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """See ``Progress``."""
        if state in (State.DONE, State.FAILED):
            words = f"{subject.account} {subject.region} {subject.kind} {subject.name}: {verb} {state}"
            self._tell(f"{words}: {reason}" if reason else words)

    def waiting(self, why: str) -> None:
        """See ``Progress``."""
        if why != self._waiting:
            self._waiting = why
            self._tell(why)
