"""What the forms of the set-up say, as fields of the settings. Pure; whether it makes sense is the settings' business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.settings.pasted import Pasted, pasted


def accounts_of(text: str, before: Sequence[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], Pasted]:
    """The accounts of a text, one a line; what was said of one before stays, but for its name."""
    found = pasted(text)
    known = {str(each.get("id")): each for each in before}
    accounts = []
    for account, name in found.accounts:
        told = {"id": account, **({"name": name} if name else {})}
        rest = {key: each for key, each in known.get(account, {}).items() if key not in ("id", "name")}
        accounts.append({**told, **rest})
    return accounts, found


def as_lines(accounts: Sequence[Mapping[str, Any]]) -> str:
    """Accounts as a text that :func:`accounts_of` takes."""
    return "\n".join(f"{each.get('id', '')} {each.get('name', '')}".strip() for each in accounts)


def words(text: str) -> list[str]:
    """The words of a text, each once, in order."""
    return list(dict.fromkeys(text.replace(",", " ").split()))


def organization_of(wanted: str, organization_id: str, units: str, exclude: str) -> dict[str, Any] | None:
    """The field ``organization``; None: not wanted."""
    if wanted != "yes":
        return None
    made: dict[str, Any] = {}
    if organization_id.strip():
        made["id"] = organization_id.strip()
    if words(units):
        made["units"] = words(units)
    if words(exclude):
        made["exclude"] = words(exclude)
    return made


def sound(plain: Mapping[str, Any]) -> dict[str, Any]:
    """A draft as forms show it: what has another shape than a field's is left out. A program may have written anything."""
    made: dict[str, Any] = {}
    for name, given in plain.items():
        if name == "accounts" and isinstance(given, list):
            made[name] = [_sound_account(each) for each in given if isinstance(each, dict)]
        elif name == "organization" and isinstance(given, dict):
            made[name] = {key: each for key, each in given.items() if _is_plain(each)}
        elif name == "sweep" and isinstance(given, dict):
            made[name] = {key: each for key, each in given.items() if isinstance(each, str)}
        elif name not in ("accounts", "organization", "sweep") and _is_plain(given):
            made[name] = given
    return made


def _sound_account(given: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: each for key, each in given.items() if isinstance(each, bool) or _is_plain(each)}
    return {**told, "id": str(given.get("id", ""))}


def _is_plain(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def account_with(account: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """An account with some of its fields anew; one that is empty is left out."""
    made = {**account, **given}
    return {key: each for key, each in made.items() if each not in ("", (), [], None)}


def role_of_identity(arn: str) -> str:
    """The role or user whose credentials these are, as settings name it; empty for what is neither.

    STS tells a role by its session (``assumed-role/NAME/SESSION``) and without its path.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return ""
    kind, _, name = parts[5].partition("/")
    if parts[2] == "sts" and kind == "assumed-role":
        return f"arn:{parts[1]}:iam::{parts[4]}:role/{name.partition('/')[0]}"
    return arn if parts[2] == "iam" and kind in ("role", "user") else ""
