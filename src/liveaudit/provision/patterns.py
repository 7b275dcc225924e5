"""Which events the rules let through: the catalog's services packed into as few rules as fit. Pure.

Sources: EventBridge User Guide, "Amazon EventBridge event patterns"; EventBridge quotas (2,048 characters a pattern,
300 rules a bus).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.intake.envelope import DETAIL_TYPES, HELLO_DETAIL_TYPE, HELLO_SOURCE, MAX_RULES
from liveaudit.provision import names
from liveaudit.provision.installation import SetupError
from liveaudit.provision.render.text import compact

PATTERN_LIMIT = 2048
"""Characters of an event pattern."""
_ANY_ACCOUNT = "0" * 12


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of every bus. ``sources``: event sources without ``.amazonaws.com``, ``noise``: names kept out.

    ``let_through``: noise that found no room in the pattern of a service that has too much of it for one rule. It
    comes, is told to be noise by the catalog, and costs its delivery.
    """

    number: int
    sources: tuple[str, ...]
    noise: tuple[str, ...] = ()
    let_through: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The rule's name on every bus."""
        return names.rule(self.number)

    def pattern(self, *, but_account: str = "") -> dict[str, Any]:
        """The event pattern. ``but_account``: whose own events do not match.

        Names that no row of the catalog knows are let through, so that a gap is seen and not silent; reads are not
        delivered to such a rule by EventBridge itself. The hello of this rule is let through too: it has an
        ``eventName``, which ``anything-but`` wants to see.
        """
        made: dict[str, Any] = {
            "source": [*(f"aws.{source}" for source in self.sources), f"{HELLO_SOURCE}{self.number}"],
            "detail-type": [*DETAIL_TYPES, HELLO_DETAIL_TYPE],
        }
        if but_account:
            made["account"] = [{"anything-but": [but_account]}]
        if self.noise:
            made["detail"] = {"eventName": [{"anything-but": list(self.noise)}]}
        return made


def make_rules(
    catalog: Catalog, services: Iterable[str] = (), standing: Mapping[int, Sequence[str]] | None = None
) -> tuple[Rule, ...]:
    """The rules for these services (IAM prefixes; none: all of the catalog), by number.

    ``standing``: the sources of the rules that there are. They stay where they are as long as they fit, so that a
    new service changes one rule, or adds one; a rule left without sources is gone. Services whose noise is another's
    change are not put into the same rule, because the pattern would keep the change out.

    Raises SetupError for a service that is not in the catalog, and for more rules than a bus takes.
    """
    sources = _sources(catalog, services)
    rules: dict[int, list[_Source]] = {}
    left = dict(sources)
    for number in sorted(standing or {}):
        kept: list[_Source] = []
        for name in sorted((standing or {})[number]):
            if name in left and 1 <= number <= MAX_RULES and _together([*kept, left[name]]):
                kept.append(left.pop(name))
        if kept:
            rules[number] = kept
    for source in sorted(left.values(), key=lambda each: (-each.length, each.name)):
        number = next(
            (number for number, others in sorted(rules.items()) if _together([*others, source])),
            next(number for number in range(1, len(rules) + 2) if number not in rules),
        )
        rules.setdefault(number, []).append(source)
    if rules and max(rules) > MAX_RULES:
        raise SetupError(
            f"services: {len(sources)} event sources need more than {MAX_RULES} rules: name fewer services"
        )
    return tuple(_rule(number, rules[number]) for number in sorted(rules))


@dataclass(frozen=True, slots=True)
class _Source:
    """An event source with what several services say of it: two of them may stand behind one."""

    name: str
    noise: frozenset[str]
    changes: frozenset[str]

    @property
    def length(self) -> int:
        return len(compact(sorted(self.noise))) + len(self.name)


def _sources(catalog: Catalog, services: Iterable[str]) -> dict[str, _Source]:
    chosen = set(services) or set(catalog.services)
    unknown = chosen - set(catalog.services)
    if unknown:
        raise SetupError(
            f"services: {', '.join(sorted(unknown))} is not covered; there are: {', '.join(catalog.services)}"
        )
    found: dict[str, _Source] = {}
    types = [each for name in chosen for each in catalog.services[name].types.values()]
    # another service's events may change what is watched
    wanted = {change.source for each in types for change in each.changes.values() if change.source}
    wanted |= {catalog.services[name].event_source for name in chosen}
    for event_source in sorted(wanted):
        # a service that was not chosen, but has the same source, comes with it: its noise is kept out all the same
        behind = catalog.services_of(event_source)
        changes = {event for each in behind for one in each.types.values() for event in one.changes}
        changes |= {event for each in behind for event in each.unnamed}
        noise = {event for each in behind for event in each.noise} - changes
        short = event_source.removesuffix(".amazonaws.com")
        found[short] = _Source(short, frozenset(noise), frozenset(changes))
    return found


def _together(sources: Sequence[_Source]) -> bool:
    """Whether these fit into one rule without keeping out each other's changes. One alone always does."""
    if len(sources) == 1:
        return True
    noise = frozenset().union(*(each.noise for each in sources))
    if any(noise & each.changes for each in sources):
        return False
    return _fits(Rule(MAX_RULES, tuple(each.name for each in sources), tuple(noise)))


def _fits(rule: Rule) -> bool:
    return len(compact(rule.pattern(but_account=_ANY_ACCOUNT))) <= PATTERN_LIMIT


def _rule(number: int, sources: Sequence[_Source]) -> Rule:
    """The rule, with as much of the noise as there is room for: the shortest names, which are the most."""
    own = tuple(sorted(each.name for each in sources))
    noise = sorted(frozenset().union(*(each.noise for each in sources)), key=lambda name: (len(name), name))
    kept = len(noise)
    while kept and not _fits(Rule(number, own, tuple(noise[:kept]))):
        kept -= 1
    return Rule(number, own, tuple(sorted(noise[:kept])), tuple(sorted(noise[kept:])))
