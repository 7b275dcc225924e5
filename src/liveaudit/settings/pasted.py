"""Accounts out of a text that somebody pasted: one a line with its name, a table's columns, or what AWS's command prints."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from liveaudit.settings.mistakes import shown

MOST = 10_000
_ID = re.compile(r"(?<![0-9-])([0-9]{12}|[0-9]{4}-[0-9]{4}-[0-9]{4})(?![0-9-])")
_BETWEEN = " \t,;|:\"'"
_LONGEST_NAME = 128


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was found. ``accounts``: (id, name), each id once; ``wrong``: (line, what is wrong with it)."""

    accounts: tuple[tuple[str, str], ...]
    wrong: tuple[tuple[int, str], ...]


def pasted(text: str) -> Pasted:
    """The accounts of a text. Empty lines and those that begin with ``#`` say nothing."""
    listed = _listed(text)
    if listed is not None:
        return listed
    accounts: dict[str, str] = {}
    wrong: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        ids = _ID.findall(line)
        if not ids:
            if number > 1 or re.search(r"[0-9]", line):  # the first may be a table's heading
                wrong.append((number, f"{shown(line.strip())}: no account id, which has twelve digits"))
            continue
        found = [each.replace("-", "") for each in ids]
        if len(set(found)) > 1 and not _ID.sub("", line).strip(_BETWEEN):
            accounts.update((each, accounts.get(each, "")) for each in found)  # ids alone, side by side
            continue
        name = _ID.sub(" ", line, count=1).strip(_BETWEEN)
        accounts[found[0]] = accounts.get(found[0]) or name[:_LONGEST_NAME]
    return Pasted(tuple(accounts.items())[:MOST], tuple(wrong[:50]))


def _listed(text: str) -> Pasted | None:
    """What ``aws organizations list-accounts`` prints: JSON with Accounts, each with Id and Name."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return None
    items = given.get("Accounts") if isinstance(given, dict) else given
    if not isinstance(items, list):
        return None
    accounts: dict[str, str] = {}
    for each in items:
        account_id = str(each.get("Id", "")) if isinstance(each, dict) else str(each)
        name = str(each.get("Name", "")) if isinstance(each, dict) else ""
        if _ID.fullmatch(account_id) and (
            not isinstance(each, dict) or each.get("Status", "ACTIVE") == "ACTIVE"
        ):
            accounts[account_id.replace("-", "")] = name[:_LONGEST_NAME]
    return Pasted(tuple(accounts.items())[:MOST], ())
