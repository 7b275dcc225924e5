"""Prowler's mutelist files as exemptions. Pure.

A mutelist names checks by account, with regions, resources and tags, and exceptions to these (Prowler's documentation,
"Mutelist"). Its resources are regular expressions that are searched for in a resource's id; those that no pattern with ``*``
can stand for are told, and not taken: an exemption that means more than its original would hide what nobody accepted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from liveaudit.model import LiveauditError, home_region
from liveaudit.policies.rulebook import Exemption
from liveaudit.policies.scope import ID_ALONE, Scope
from liveaudit.settings.document import Kind, Node, read
from liveaudit.store import codec

_TOPS = ("Mutelist", "Allowlist")
_FIELDS = ("Regions", "Resources", "Tags", "Exceptions", "Description")
_MOST_ALTERNATIVES = 64
_LITERAL = re.compile(r"[A-Za-z0-9_:/@=,+ -]")
_CHECK = re.compile(r"[A-Za-z0-9_*-]+")


class MutelistError(LiveauditError):
    """A file is no mutelist; the text says why."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that is not taken, and why. ``line``: where it stands."""

    line: int
    entry: str
    reason: str


@dataclass(slots=True)
class Imported:
    """What a mutelist comes to."""

    exemptions: list[Exemption] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


class _UnfitError(Exception):
    """An entry cannot be said in our words."""


def read_mutelist(data: bytes, policies: Collection[str], *, made_by: str, now: float) -> Imported:
    """The exemptions of a mutelist file. ``policies``: the ids that there are. Raises MutelistError."""
    root, mistakes = read(data)
    if mistakes:
        raise MutelistError(f"no mutelist: {mistakes[0].told('the file')}")
    listed = _member(root, *_TOPS) if root is not None else None
    accounts = _member(listed, "Accounts") if listed is not None else None
    if accounts is None or accounts.kind != Kind.MAPPING:
        raise MutelistError("no mutelist: Mutelist with Accounts in it is expected")
    found = Imported()
    for account, checks_of in accounts.fields:
        checks = _member(checks_of, "Checks")
        for check, entry in checks.fields if checks is not None else ():
            try:
                found.exemptions += _exemptions(account, check, entry, policies, made_by, now)
            except _UnfitError as error:
                line = check.place.line if check.place else 0
                found.left_out.append(LeftOut(line, f"{account.text}: {check.text}", str(error)))
    return found


def _exemptions(
    account: Node, check: Node, entry: Node, policies: Collection[str], made_by: str, now: float
) -> Iterator[Exemption]:
    if account.text != "*" and not re.fullmatch("[0-9]{12}", account.text):
        raise _UnfitError(f"{account.text!r} is no account")
    if entry.kind != Kind.MAPPING:
        raise _UnfitError("a mapping with Regions and Resources is expected")
    if strange := [key.text for key, _ in entry.fields if key.text not in _FIELDS]:
        raise _UnfitError(f"{strange[0]!r} is nothing that an entry has")
    exceptions = _member(entry, "Exceptions")
    excluding: list[Scope] = []
    if exceptions is not None and exceptions.kind == Kind.MAPPING:
        accounts = tuple(each for each in _texts(exceptions, "Accounts") if each != "*")
        if any(not re.fullmatch("[0-9]{12}", each) for each in accounts):
            raise _UnfitError("its exceptions name what is no account")
        excluding = [each for each in _scopes(exceptions, (), accounts) if not _says_nothing(exceptions)]
    description = _member(entry, "Description")
    reason = description.text if description is not None and description.text else "from Prowler's mutelist"
    chosen = _checks(check.text, policies)
    for scope in _scopes(entry, chosen, () if account.text == "*" else (account.text,)):
        if scope.is_everything:
            raise _UnfitError("it would exempt everything")
        told = codec.dump([scope.plain(), [each.plain() for each in excluding]])
        yield Exemption(
            id=f"prowler-{codec.digest(told)[:12]}",
            scope=scope,
            reason=codec.storable(reason)[:2000],
            excluding=tuple(excluding),
            source="prowler",
            made_by=made_by,
            made_at=now,
        )


def _says_nothing(exceptions: Node) -> bool:
    return not any(_texts(exceptions, name) for name in ("Accounts", *_FIELDS[:3]))


def _checks(given: str, policies: Collection[str]) -> tuple[str, ...]:
    check = re.sub("^lambda", "awslambda", given)
    if check == "*":
        return ()
    if not _CHECK.fullmatch(check):
        raise _UnfitError("the check is a regular expression: name it, or its beginning with *")
    if "*" not in check and check not in policies:
        raise _UnfitError("no policy of this id is there")
    return (check,)


def _scopes(given: Node, policies: tuple[str, ...], accounts: tuple[str, ...]) -> Iterator[Scope]:
    """One scope for each choice of alternative tags."""
    regions = _texts(given, "Regions")
    resources = [each for text in _texts(given, "Resources") for each in _patterns(text)]
    tags = [_alternatives(each) for each in _texts(given, "Tags") if each != "*"]
    choices = list(itertools.islice(itertools.product(*tags), _MOST_ALTERNATIVES + 1))
    if len(choices) > _MOST_ALTERNATIVES:
        raise _UnfitError(f"its tags come to more than {_MOST_ALTERNATIVES} alternatives")
    for chosen in choices:
        yield Scope(
            policies=policies,
            accounts=accounts,
            regions=() if "*" in regions else tuple(dict.fromkeys(_regions(regions))),
            resources=() if "*" in resources else tuple(f"{ID_ALONE}{each}" for each in resources),
            tags=tuple(dict.fromkeys(chosen)),
        )


def _regions(given: list[str]) -> Iterator[str]:
    for region in given:
        if not re.fullmatch("[a-z]{2,8}(-[a-z]+){1,3}-[0-9]{1,2}", region):
            raise _UnfitError(f"the region {region!r} is a regular expression: name the regions")
        yield region
        # where Prowler puts what belongs to an account as a whole
        if region in (home_region("aws"), home_region("aws-cn"), home_region("aws-us-gov")):
            yield "global"


def _alternatives(tag: str) -> list[str]:
    found = [each.strip() for each in tag.split("|")]
    for each in found:
        key, equals, value = each.partition("=")
        if not key or not equals or re.search(r"[\\^$.\[\](){}+?]", key + value):
            raise _UnfitError(f"the tag {each!r} is a regular expression: write KEY=VALUE")
    return found


def _patterns(expression: str) -> list[str]:
    """Patterns for a regular expression that is searched for; ``*`` alone for one that finds everything."""
    if "|" in expression and not re.search(r"[()\[\]\\]", expression):
        return [each for part in expression.split("|") for each in _patterns(part.strip())]
    text = f".*{expression[1:]}" if expression.startswith("*") else expression
    begins, ends = text.startswith("^"), text.endswith("$") and not text.endswith("\\$")
    made = "" if begins else "*"
    rest = text[1 if begins else 0 : len(text) - (1 if ends else 0)]
    at = 0
    while at < len(rest):
        one, two = rest[at], rest[at : at + 2]
        if two in (".*", ".+"):
            made, at = made + ("*" if two == ".*" else "?*"), at + 2
        elif one == "\\" and len(two) == 2 and not two[1].isalnum() and two[1] not in "*?":
            made, at = made + two[1], at + 2
        elif one == ".":
            made, at = made + "?", at + 1
        elif one == "*" or _LITERAL.fullmatch(one):
            made, at = made + one, at + 1
        else:
            raise _UnfitError(
                f"the resource {expression!r} is a regular expression that no pattern stands for"
            )
    return [re.sub(r"\*+", "*", made + ("" if ends else "*"))]


def _member(node: Node, *names: str) -> Node | None:
    return next((value for key, value in node.fields if key.text in names), None)


def _texts(node: Node, name: str) -> list[str]:
    found = _member(node, name)
    if found is None or found.kind == Kind.NOTHING:
        return []
    return [each.text for each in found.items] if found.kind == Kind.LIST else [found.text]
