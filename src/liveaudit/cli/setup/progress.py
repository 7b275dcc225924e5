"""How the progress of a set-up is shown: a live matrix on a terminal, lines elsewhere, JSON for machines."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from liveaudit.cli.common import print_json, safe
from liveaudit.cli.setup.matrix import Matrix, short

if TYPE_CHECKING:
    from liveaudit.provision.installation import Installation
    from liveaudit.provision.progress import Progress, State
    from liveaudit.provision.steps import Plan, Subject, Verb


class JsonLines:
    """One object for each thing that happens."""

    def planned(self, plan: Plan) -> None:
        """A round begins."""
        print_json({"event": "round", "changes": len(plan.changes), "steps": len(plan.steps)})

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """A subject got further."""
        print_json(
            {"event": "moved", **subject_fields(subject), "change": verb, "state": state, "reason": reason}
        )

    def waiting(self, why: str) -> None:
        """Nothing can be done right now."""
        print_json({"event": "waiting", "why": why})


def subject_fields(subject: Subject) -> dict[str, Any]:
    """A subject for machines."""
    return {
        "kind": subject.kind,
        "name": subject.name,
        "account": subject.account,
        "region": subject.region,
    }


class LiveMatrix:
    """The matrix of accounts and regions, drawn anew as it changes."""

    def __init__(self, names: Mapping[str, str]) -> None:
        from rich.console import Console
        from rich.live import Live

        self._matrix = Matrix(names)
        self._beside: dict[str, str] = {}
        self._why = ""
        self._began = time.monotonic()
        self._drawing = threading.Lock()
        self._console = Console(highlight=False)
        self._live = Live(console=self._console, refresh_per_second=8, get_renderable=self.drawn)

    def __enter__(self) -> LiveMatrix:
        """Begin to draw."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last drawing where it is."""
        self._why = ""
        self._live.stop()

    def planned(self, plan: Plan) -> None:
        """A round begins: what it changes is waiting."""
        from liveaudit.provision.steps import Kind, Verb

        with self._drawing:
            for change in plan.changes:
                if change.subject.kind in (Kind.INSTANCE, Kind.STACK):
                    left = change.verb is Verb.LEAVE
                    self._matrix.cells[change.subject.target] = "failed" if left else "waiting"
                    self._matrix.reasons[change.subject.target] = change.why if left else ""

    def moved(self, subject: Subject, verb: Verb, state: State, reason: str = "") -> None:
        """A subject got further."""
        from liveaudit.provision.steps import Kind, Verb

        words = f"{subject.kind} {subject.name} in {short(subject.region)}: {verb} {state}"
        with self._drawing:
            self._why = ""
            if subject.kind in (Kind.INSTANCE, Kind.STACK):
                done = "removed" if verb is Verb.REMOVE else "done"
                self._matrix.cells[subject.target] = done if state == "done" else str(state)
                self._matrix.reasons[subject.target] = reason
            else:
                key = f"{subject.kind} {subject.name} {subject.region}"
                self._beside[key] = f"{words}: {reason}" if reason else words

    def waiting(self, why: str) -> None:
        """Nothing can be done right now."""
        self._why = why

    def states(self) -> dict[tuple[str, str], str]:
        """Every account and region with its state."""
        return dict(self._matrix.cells)

    def drawn(self) -> Any:
        """What stands on the screen."""
        from rich.console import Group
        from rich.text import Text

        with self._drawing:
            matrix = self._matrix
            lines = list(matrix.drawn(self._console.width))
            beside = list(self._beside.values())[-6:]
            reasons = list(matrix.told_reasons(6))
            counts, why = matrix.counts(), self._why
        above = [Text.assemble(*line, no_wrap=True, overflow="crop") for line in lines]
        below = [Text(safe(line), style="dim") for line in beside]
        below += [Text(line, style="red") for line in reasons]
        if why:
            below.append(Text(safe(why), style="dim"))
        elapsed = time.monotonic() - self._began
        return Group(*above, *below, Text(f"{counts}   {elapsed:.0f}s", style="bold"))


@contextmanager
def shown(installation: Installation, *, as_json: bool) -> Iterator[Progress]:
    """The progress of a run, in the form that suits where it goes."""
    from liveaudit.provision.progress import Lines

    if as_json:
        yield JsonLines()
        return
    if not sys.stdout.isatty():
        yield Lines(_line)
        return
    with LiveMatrix({each.id: each.name for each in installation.accounts}) as live:
        yield live


def _line(text: str) -> None:
    sys.stdout.write(safe(text) + "\n")
    sys.stdout.flush()
