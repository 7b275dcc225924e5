"""Changes of configuration in a terminal: what was before, what is now, who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveaudit.cli.common import iso, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liveaudit.story.events import Told
    from liveaudit.story.finding import Changed


def event_line(event: Told) -> str:
    """Who did what, in a line."""
    perhaps = "" if event.certain else "perhaps "
    address = event.address or "an unknown address"
    return safe(
        f"{perhaps}{event.name} by {event.who} from {address} with {event.agent[:60] or 'nothing told'} "
        f"(event {event.event_id})"
    )


def change_lines(changes: Iterable[Changed], indent: str = "  ") -> list[str]:
    """Changes with their differences, line by line."""
    lines = []
    for each in changes:
        whose = f" of {safe(each.resource.arn)}" if each.resource else ""
        what = each.section or "the resource as a whole"
        lines.append(
            f"{indent}{iso(each.read_at)}  {safe(what)}{whose}: {each.before_state} -> {each.after_state}"
        )
        lines += [f"{indent}  {event_line(one)}" for one in each.events]
        if not each.events:
            lines.append(f"{indent}  found by {safe(each.found_by)}")
        if each.diff.note:
            lines.append(f"{indent}  {each.diff.note}")
        lines += [f"{indent}  {line.mark} {safe(line.text)}" for line in each.diff.lines]
    return lines
