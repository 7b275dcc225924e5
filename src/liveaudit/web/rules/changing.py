"""Settings of policies and exemptions made, changed and ended from the console: each with an entry in the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from liveaudit.audit.entries import EntryError, new_exemption, new_setting
from liveaudit.audit.mutelist import Imported, MutelistError, read_mutelist
from liveaudit.policies.rulebook import Exemption, Setting
from liveaudit.provision.known import everything_known
from liveaudit.store import audit_log, rules
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem

T = TypeVar("T")


def refused(error: EntryError) -> Problem:
    """What is wrong with an entry, as an answer: the first field by name, all of them in words."""
    return Problem(422, "Not understood", str(error), field=error.wrong[0][0] if error.wrong else "")


def _write(
    console: Console, who: Principal, action: str, target: str, detail: str, work: Callable[[Any], T]
) -> T:
    entry = who.entry(action, target, detail)
    return console.database.write_now(audit_log.noted(work, entry, console.clock()))


def in_words(setting: Setting) -> str:
    """What a setting says, and of what, for the audit log."""
    says: list[str] = [each.value for each in (setting.state, setting.severity) if each is not None]
    says += [f"{name}={value}" for name, value in setting.parameters.items()]
    scope = "; ".join(f"{name} {', '.join(values)}" for name, values in setting.scope.plain().items())
    told = f"{', '.join(says)} of {scope or 'all policies'}"
    return f"{told}: {setting.reason}" if setting.reason else told


def make_setting(console: Console, who: Principal, given: Mapping[str, Any]) -> Setting:
    """Set policies: it decides before all that was set earlier. Raises EntryError."""
    about = {"id": rules.new_id(), "source": "console", "made_by": who.name, "made_at": console.clock()}
    made = new_setting(given, everything_known(), **about)
    _write(console, who, "policy.set", made.id, in_words(made), lambda c: rules.put_setting(c, made))
    return made


def setting_of(console: Console, setting_id: str) -> Setting:
    """A setting that may be changed here. Raises Problem."""
    found = {each.id: each for each in console.database.read_now(rules.list_settings)}.get(setting_id)
    if found is None:
        raise Problem(404, "No such setting", "it may have been taken away")
    if found.source == rules.FILE:
        raise Problem(409, "It stands in the settings file", "change it there: a worker follows the file")
    return found


def change_setting(console: Console, who: Principal, setting_id: str, given: Mapping[str, Any]) -> Setting:
    """Let a setting say something else, in its place in the order. Raises EntryError and Problem."""
    standing = setting_of(console, setting_id)
    about = {"id": setting_id, "source": standing.source, "made_by": who.name, "made_at": standing.made_at}
    made = new_setting(given, everything_known(), **about)
    _write(console, who, "policy.set", made.id, in_words(made), lambda c: rules.put_setting(c, made))
    return made


def drop_setting(console: Console, who: Principal, setting_id: str) -> None:
    """Take a setting away. Raises Problem."""
    standing = setting_of(console, setting_id)
    _write(
        console,
        who,
        "policy.unset",
        setting_id,
        in_words(standing),
        lambda c: rules.drop_setting(c, setting_id),
    )


def make_exemption(console: Console, who: Principal, given: Mapping[str, Any]) -> Exemption:
    """Accept findings. Raises EntryError."""
    about = {"id": rules.new_id(), "source": "console", "made_by": who.name, "made_at": console.clock()}
    made = new_exemption(given, everything_known(), **about)
    _write(console, who, "exemption.make", made.id, made.reason, lambda c: rules.put_exemptions(c, [made]))
    return made


def exemption_of(console: Console, exemption_id: str) -> Exemption:
    """An exemption. Raises Problem when there is none of that id."""
    found = console.database.read_now(lambda c: rules.list_exemptions(c, ids=[exemption_id]))
    if not found:
        raise Problem(404, "No such exemption", "/exemptions lists those that there are")
    return found[0]


def _changeable(console: Console, exemption_id: str) -> Exemption:
    found = exemption_of(console, exemption_id)
    if found.source == rules.FILE:
        raise Problem(409, "It stands in the settings file", "change it there: a worker follows the file")
    if found.withdrawn_at is not None:
        raise Problem(409, "It was withdrawn", f"by {found.withdrawn_by}; make a new one")
    return found


def change_exemption(
    console: Console, who: Principal, exemption_id: str, given: Mapping[str, Any]
) -> Exemption:
    """Let an exemption say something else. Raises EntryError and Problem."""
    standing = _changeable(console, exemption_id)
    made = new_exemption(given, everything_known(), id=exemption_id)
    made = replace(made, source=standing.source, made_by=standing.made_by, made_at=standing.made_at)
    _write(console, who, "exemption.change", made.id, made.reason, lambda c: rules.put_exemptions(c, [made]))
    return made


def withdraw_exemption(console: Console, who: Principal, exemption_id: str) -> Exemption:
    """End an exemption: what still fails reopens. Raises Problem."""
    standing = _changeable(console, exemption_id)
    now = console.clock()
    _write(
        console,
        who,
        "exemption.withdraw",
        exemption_id,
        standing.reason,
        lambda c: rules.withdraw_exemption(c, exemption_id, by=who.name, now=now),
    )
    return replace(standing, withdrawn_at=now, withdrawn_by=who.name)


def import_mutelist(console: Console, who: Principal, text: str, *, dry_run: bool) -> Imported:
    """Take over a mutelist of Prowler: those that are not there yet. Raises Problem for what is none."""
    ids = {each.id for each in console.policies.all()}
    try:
        found = read_mutelist(text.encode("utf-8", "replace"), ids, made_by=who.name, now=console.clock())
    except MutelistError as error:
        raise Problem(422, "Not understood", str(error), field="mutelist") from error
    if dry_run or not found.exemptions:
        return found
    detail = f"{len(found.exemptions)} exemptions"
    new = _write(
        console,
        who,
        "exemption.import",
        "mutelist",
        detail,
        lambda c: rules.add_exemptions(c, found.exemptions),
    )
    return Imported(new, found.left_out)
