"""A plan in the making: what the parts of the planning share. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from liveaudit.provision.desired import Desired, SetKey, Target
from liveaudit.provision.observe import Observed
from liveaudit.provision.steps import Change, Kind, Step, Stuck, Subject, Tried, Verb

CREATES = 2
"""How often one run tries to create what fails: again once, because AWS is eventually consistent."""
REMOVES = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is asked for besides. ``abandon``: accounts whose stacks are let go of and left where they are.

    ``drifted``: what is written again although CloudFormation thinks it current, with ``repair`` as the new value of
    the parameter.
    """

    abandon: frozenset[str] = frozenset()
    drifted: frozenset[Target] = frozenset()
    repair: str = ""


@dataclass(slots=True)
class Planner:
    """A plan in the making."""

    desired: Desired
    observed: Observed
    tried: Tried
    options: Options
    steps: list[Step] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    stuck: list[Stuck] = field(default_factory=list)
    standing: int = 0
    blocked: dict[str, str] = field(default_factory=dict)
    """Regions in which no publisher can be set up, because its grant failed, and why."""

    def change(self, verb: Verb, subject: Subject, why: str) -> None:
        """Tell what becomes of a subject."""
        self.changes.append(Change(verb, subject, why))

    def mended(self, subject: Subject) -> tuple[Verb | None, str]:
        """What is done about a stack that is current, because of what somebody changed by hand; None: nothing."""
        options, target = self.options, subject.target
        if target in options.drifted and self.tried.may(subject, Verb.UPDATE, 1):
            return Verb.UPDATE, "somebody changed it: written again"
        if target in options.drifted and subject in self.tried.failed:
            # CloudFormation thinks it current all the same
            return Verb.LEAVE, "it could not be written again"
        return None, ""

    def give_up(self, subject: Subject, fallback: str) -> None:
        """Leave a subject as it is; AWS's reason if there is one, else ``fallback``."""
        reason = self.tried.final.get(subject) or self.tried.failed.get(subject) or fallback
        self.stuck.append(Stuck(subject, reason))
        self.change(Verb.LEAVE, subject, reason)


def set_subject(desired: Desired, key: SetKey) -> Subject:
    """A stack set as a subject: it is in the receiver's home region."""
    return Subject(Kind.SET, key.name, desired.installation.receiver, desired.installation.home)


def instance_subject(key: SetKey, target: Target) -> Subject:
    """A stack of a stack set as a subject."""
    return Subject(Kind.INSTANCE, key.name, *target)
