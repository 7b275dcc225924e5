"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- written by `make docs`; do not edit -->"


def cell(value: object) -> str:
    """Text that stays within a cell of a table."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def code(names: Iterable[str]) -> str:
    """Names as code, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """A table, as lines; the blank line after it is in."""
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    lines += [f"| {' | '.join(cell(value) for value in row)} |" for row in rows]
    return [*lines, ""]


def fenced(text: str, language: str) -> list[str]:
    """A block of code, as lines."""
    return [f"```{language}", *text.splitlines(), "```", ""]


def page(title: str, lines: Iterable[str]) -> str:
    """A page with its title and the note that nobody edits it."""
    return "\n".join([f"# {title}", "", MADE, "", *lines]).rstrip() + "\n"
