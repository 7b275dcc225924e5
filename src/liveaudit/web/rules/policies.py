"""The policies with how they are set and what stands of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liveaudit.custom.following import FOLLOWING
from liveaudit.frameworks.framework import controls_by_policy
from liveaudit.frameworks.state import NOTHING, Tally
from liveaudit.model import Outcome
from liveaudit.policies.policy import Policy, PolicyKind
from liveaudit.policies.rulebook import Exemption, Rulebook, Ruling, Setting
from liveaudit.reference.facts import PolicyFacts, by_id, gather
from liveaudit.services import remedies
from liveaudit.store import rules
from liveaudit.store.asked import Asking, all_asked
from liveaudit.web.console import Console
from liveaudit.web.health.standing import tallies_of
from liveaudit.web.problems import Problem

OWN = "own"
"""All kinds but the built-in one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A policy in a list. ``ruling``: how it is set where nothing narrower is said; ``narrower``: how many settings concern
    it somewhere only; ``wrong``: with the file of one of the users' own; ``asking``: how it goes with asking who decides it,
    if others do."""

    policy: Policy
    types: tuple[str, ...]
    ruling: Ruling
    narrower: int
    tally: Tally
    wrong: tuple[str, ...] = ()
    asking: Asking | None = None

    def number(self, outcome: str) -> int:
        """How many verdicts of this outcome there are."""
        return self.tally.outcomes.get(Outcome(outcome), 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which policies are wanted; empty fields want all. ``text``: words, all of which stand in its id, title or types."""

    text: str = ""
    service: str = ""
    severity: str = ""
    framework: str = ""
    state: str = ""
    kind: str = ""

    def fits(self, one: Listed) -> bool:
        """Whether it is one of them."""
        policy = one.policy
        told = f"{policy.id} {policy.title} {policy.why} {' '.join(one.types)}".lower()
        return (
            all(word in told for word in self.text.lower().split())
            and self.service in ("", policy.service)
            and self.severity in ("", one.ruling.severity.value)
            and (not self.framework or self.framework in controls_by_policy().get(policy.id, {}))
            and self.state in ("", one.ruling.state.value)
            and self.kind in ("", policy.kind.value, OWN if policy.kind != PolicyKind.BUILT_IN else "")
        )


@dataclass(frozen=True, slots=True)
class Whole:
    """All of one policy: ``settings`` and ``exemptions`` are those that concern it, in their order."""

    listed: Listed
    facts: PolicyFacts
    settings: tuple[Setting, ...]
    exemptions: tuple[Exemption, ...]


def book_of(console: Console) -> Rulebook:
    """All that is set, as it stands in the store now."""
    return console.database.read_now(lambda connection: rules.read_book(connection, controls_by_policy()))


def list_policies(console: Console, wanted: Wanted) -> list[Listed]:
    """The policies that are wanted, by id."""
    book, tallies = book_of(console), tallies_of(console, "", "")
    asking = console.database.read_now(all_asked)
    grouped = by_id(console.policies.all())
    every = (
        _listed(same, book, tallies.get(policy_id, NOTHING), asking) for policy_id, same in grouped.items()
    )
    return [each for each in every if wanted.fits(each)]


def whole_policy(console: Console, policy_id: str) -> Whole:
    """One policy. Raises Problem when there is none of that id."""
    same = console.policies.named(policy_id)
    if not same:
        raise Problem(404, "No such policy", f"{policy_id[:160]!r} is none; /policies lists them")
    book = book_of(console)
    tally = tallies_of(console, "", "").get(policy_id, NOTHING)
    return Whole(
        _listed(list(same), book, tally, console.database.read_now(all_asked)),
        gather(same, console.catalog, remedies()),
        tuple({each.id: each for policy in same for each in book.settings_of(policy)}.values()),
        tuple({each.id: each for policy in same for each in book.exemptions_of(policy)}.values()),
    )


def _listed(same: list[Policy], book: Rulebook, tally: Tally, asking: Mapping[str, Asking]) -> Listed:
    first = same[0]
    ruling = book.usual(first)
    narrower = len(book.settings_of(first)) - len({each.id for each in book.general_of(first)})
    return Listed(
        first,
        tuple(each.type for each in same),
        ruling,
        narrower,
        tally,
        tuple(FOLLOWING.wrong_with(first.id)),
        asking.get(first.id) if first.asks else None,
    )
