"""What of fixes contradicts itself, or would mend more than anybody can mean."""

from __future__ import annotations

from collections.abc import Iterator

from liveaudit.settings.mistakes import nearest, shown
from liveaudit.settings.rules import Found, Known, rule
from liveaudit.settings.shape import Settings

_ANYTHING = frozenset("*?")


@rule("fixes", "audit_role", "accounts")
def _the_role_is_another(settings: Settings, _known: Known) -> Iterator[Found]:
    audits = {settings.audit_role, *(each.role_arn.rpartition("/")[2] for each in settings.accounts)}
    if settings.fixes.role and settings.fixes.role in audits:
        yield (
            ("fixes", "role"),
            f"{settings.fixes.role} is the role that audits, which only reads: name another one",
        )


@rule("fixes")
def _rules_have_a_role(settings: Settings, _known: Known) -> Iterator[Found]:
    if settings.fixes.rules and not settings.fixes.role:
        yield ("fixes", "rules"), "need a role that carries them out: name it as fixes.role"


@rule("fixes")
def _rules_name_policy_and_scope(settings: Settings, known: Known) -> Iterator[Found]:
    for number, each in enumerate(settings.fixes.rules):
        path = ("fixes", "rules", number)
        if not each.policies:
            yield (*path, "policies"), "is empty: name each policy by its whole id"
        for at, policy in enumerate(each.policies):
            if _ANYTHING & set(policy):
                yield (
                    (*path, "policies", at),
                    f"{shown(policy)} is a pattern: a rule names each policy by its whole id",
                )
            elif known.fixes and policy not in known.fixes:
                yield (
                    (*path, "policies", at),
                    f"{shown(policy)} has no fix{nearest(policy, known.fixes)}; liveaudit fix --list tells which do",
                )
        narrow = each.accounts or each.tags or [one for one in each.resources if set(one) - _ANYTHING]
        if not narrow:
            yield path, "would mend everywhere: name accounts, resources or tags"
