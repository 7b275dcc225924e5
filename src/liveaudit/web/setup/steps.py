"""The steps of the set-up, and how far each is: out of the draft, of the jobs that were run on it, and of the sweeps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from liveaudit.store import jobs
from liveaudit.store.jobs import Job
from liveaudit.web.console import Console
from liveaudit.web.setup import works
from liveaudit.web.setup.draft import Drafted, is_written
from liveaudit.web.setup.sweeping import Sweeping, sweeping

_FEW = 3


class State(StrEnum):
    """How a step stands. STALE: it was done, for other settings than these."""

    TO_DO = "to do"
    RUNNING = "running"
    DONE = "done"
    WRONG = "needs you"
    STALE = "to be done again"


@dataclass(frozen=True, slots=True)
class Step:
    """A step. ``told``: what it came to, in a few words; ``command``: what does the same in a terminal."""

    id: str
    title: str
    state: State
    told: str = ""
    command: str = ""

    @property
    def path(self) -> str:
        """Where its page is."""
        return f"/setup/{self.id}"


TITLES = {
    "accounts": "Accounts",
    "receiver": "Receiver and permission",
    "regions": "Regions",
    "services": "What is audited",
    "documents": "Documents for the owners",
    "check": "Check",
    "plan": "Review the plan",
    "apply": "Roll out",
    "verify": "Prove it",
    "sweep": "First sweep",
}
COMMANDS = {
    "accounts": "liveaudit settings new --accounts FILE",
    "receiver": "liveaudit settings new --receiver ID",
    "regions": "liveaudit settings new --region NAME",
    "services": "liveaudit settings new --service NAME",
    "documents": "liveaudit iam --format cloudformation --output documents",
    "check": "liveaudit setup check",
    "plan": "liveaudit setup plan",
    "apply": "liveaudit setup apply",
    "verify": "liveaudit setup verify",
    "sweep": "liveaudit sweep --enqueue",
}
FIELDS = {
    "accounts": ("accounts", "organization", "publishers", "trusted_accounts"),
    "receiver": (
        *("receiver", "external_id", "runner", "audit_role", "delivery", "rollout", "forwarding_role"),
        "queue",
    ),
    "regions": ("regions",),
    "services": ("services", "sweep"),
}
"""Which fields of the settings a step is about; a mistake in one is told there."""
JOBS = {"check": works.CHECK, "plan": works.PLAN, "apply": works.APPLY, "verify": works.VERIFY}


@dataclass(frozen=True, slots=True)
class Progress:
    """All steps. ``jobs``: the last job of each step that has one."""

    steps: tuple[Step, ...]
    jobs: dict[str, Job | None]
    sweeping: Sweeping

    @property
    def next(self) -> Step:
        """The first step that is not done; the last one when all are."""
        return next((each for each in self.steps if each.state is not State.DONE), self.steps[-1])

    def step(self, step_id: str) -> Step:
        """The step of this name."""
        return next(each for each in self.steps if each.id == step_id)

    def after(self, step_id: str) -> Step | None:
        """The step that follows."""
        order = [each.id for each in self.steps]
        number = order.index(step_id) + 1
        return self.steps[number] if number < len(order) else None


def progress_of(console: Console, drafted: Drafted) -> Progress:
    """How far everything is."""
    now = console.clock()
    found = {
        step: console.database.read_now(partial(jobs.latest, kind=kind, now=now))
        for step, kind in JOBS.items()
    }
    swept = sweeping(console, drafted)
    told = [
        _accounts(drafted),
        _receiver(drafted),
        _regions(drafted),
        _services(console, drafted),
        _documents(drafted, found),
        *(_job(step, found[step], drafted) for step in ("check", "plan")),
        _apply(console, drafted, found["apply"]),
        _job("verify", found["verify"], drafted),
        _sweep(swept),
    ]
    steps = tuple(
        Step(step, TITLES[step], state, text, COMMANDS[step])
        for step, (state, text) in zip(TITLES, told, strict=True)
    )
    return Progress(steps, found, swept)


def _filled(drafted: Drafted, step: str, *needed: str) -> State:
    if drafted.wrong(*FIELDS[step]) and any(each in drafted.plain for each in needed):
        return State.WRONG
    return State.DONE if any(each in drafted.plain for each in needed) else State.TO_DO


def _accounts(drafted: Drafted) -> tuple[State, str]:
    by_hand = drafted.sound.get("accounts") or []
    told = [f"{len(by_hand):,} by hand"] if by_hand else []
    if "organization" in drafted.plain:
        told.append("from the organization")
    return _filled(drafted, "accounts", "accounts", "organization"), ", ".join(told)


def _receiver(drafted: Drafted) -> tuple[State, str]:
    return _filled(drafted, "receiver", "receiver"), str(drafted.sound.get("receiver") or "")


def _regions(drafted: Drafted) -> tuple[State, str]:
    given = drafted.sound.get("regions")
    named = given if isinstance(given, list) else []
    told = ", ".join(named) if len(named) <= _FEW else f"{len(named)} regions"
    if given == "all":
        told = "all that are enabled"
    seen = "receiver" in drafted.plain
    return _filled(drafted, "regions", "regions") if seen else State.TO_DO, told if seen else ""


def _services(console: Console, drafted: Drafted) -> tuple[State, str]:
    given = drafted.sound.get("services", "all")
    number = len(given) if isinstance(given, list) else len(console.catalog.services)
    seen = "receiver" in drafted.plain
    if drafted.wrong(*FIELDS["services"]):
        return State.WRONG, ""
    return State.DONE if seen else State.TO_DO, f"{number} services" if seen else ""


def _documents(drafted: Drafted, found: dict[str, Job | None]) -> tuple[State, str]:
    """They are made when the check has entered every account."""
    check = found["check"]
    if drafted.settings is None:
        return State.TO_DO, ""
    if check is not None and check.subject == drafted.fingerprint and check.result is not None:
        missing = {
            each["account"]
            for each in check.result.get("amiss", ())
            if "enter" in each["checks"] and each["outcome"] != "warning"
        }
        if not missing:
            return State.DONE, "every account can be entered"
        return State.WRONG, f"{len(missing)} cannot be entered yet"
    return State.TO_DO, "to be made by each account's owner"


def _job(step: str, job: Job | None, drafted: Drafted) -> tuple[State, str]:
    if job is None:
        return State.TO_DO, ""
    if job.running:
        return State.RUNNING, job.message
    if job.state is not jobs.State.DONE or job.result is None:
        return State.WRONG, str(job.state.value)
    if job.subject != drafted.fingerprint:
        return State.STALE, "the settings have changed since"
    return _came_to(step, job)


def _came_to(step: str, job: Job) -> tuple[State, str]:
    result = job.result or {}
    if step == "check":
        number = int(result.get("stopping", 0))
        return (
            (State.WRONG, f"{number} to be mended") if number else (State.DONE, "nothing stands in the way")
        )
    if step == "plan":
        stuck = len(result.get("stuck", ()))
        if stuck:
            return State.WRONG, f"{stuck} cannot be done"
        return State.DONE, f"{result.get('changes', 0)} changes"
    if step == "apply":
        if not result.get("complete"):
            return State.WRONG, f"{len(result.get('stuck', ()))} failed"
        return State.DONE, f"{result.get('standing', 0)} parts stand"
    missing = len(result.get("missing", ()))
    if missing:
        return State.WRONG, f"{missing} hellos are missing"
    return State.DONE, f"{result.get('arrived', 0)} hellos arrived"


def _apply(console: Console, drafted: Drafted, job: Job | None) -> tuple[State, str]:
    state, told = _job("apply", job, drafted)
    if state is State.DONE and not is_written(console, drafted):
        return State.WRONG, "the settings are not written"
    return state, told


def _sweep(swept: Sweeping) -> tuple[State, str]:
    states = {"not begun": State.TO_DO, "running": State.RUNNING, "done": State.DONE}
    told = f"{swept.audited:,} of {swept.found:,} resources" if swept.places else ""
    return states[swept.state], told
