"""The documentation tells the commands and options that there are: all of them, and no others."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from liveaudit.cli.main import app

ROOT = Path(__file__).parents[3]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"```\w*\n(.*?)```", re.DOTALL)


def told() -> list[tuple[str, list[str]]]:
    """Every command line in a fenced block: the page and the words after ``liveaudit``."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                if line.startswith("liveaudit "):
                    words = shlex.split(line.partition(" > ")[0])
                    found.append((page.name, words[1:]))
    return found


def resolve(words: list[str]) -> tuple[Any, str, list[str]]:
    """The command that the words begin with, its full name, and the words left."""
    command: Any = get_command(app)
    name = []
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command = command.commands[words[0]]
        name.append(words[0])
        words = words[1:]
    return command, " ".join(name), words


def options(command: Any) -> set[str]:
    return {option for each in command.params for option in each.opts if option.startswith("--")}


@pytest.mark.parametrize(("page", "words"), told())
def test_what_is_told_exists(page: str, words: list[str]) -> None:
    command, name, left = resolve(words)
    assert name, f"{page}: no command {words}"
    assert not hasattr(command, "commands"), f"{page}: {name} is a group"
    for word in left:
        if word.startswith("--"):
            assert word in options(command), f"{page}: {name} has no option {word}"


def leaves(command: Any, name: str = "") -> list[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        return [(name, command)]
    return [leaf for key, each in command.commands.items() for leaf in leaves(each, f"{name} {key}".strip())]


def test_everything_is_told() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for name, command in leaves(get_command(app)):
        assert f"liveaudit {name}" in text, f"docs/commands.md does not tell {name}"
        section = text.partition(f"## {name.split()[0]}\n")[2].partition("\n## ")[0]
        missing = {each for each in options(command) - {"--help"} if each not in section}
        assert missing <= {"--settings"}, f"docs/commands.md: {name} has {missing}"


def test_make_targets_that_are_told_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        for target in re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
            assert target in targets, f"{page.name}: make {target}"
