"""The reference pages in the documentation are those that the program writes now."""

from __future__ import annotations

from pathlib import Path

from liveaudit.reference.pages import FOLDERS, all_pages
from liveaudit.services import load

DOCS = Path(__file__).parents[3] / "docs"
HOW = "the reference pages are stale: run `make docs`, and commit docs/"


def test_the_pages_are_those_that_are_written_now() -> None:
    pages = all_pages(*load())
    written = {f"{folder}/{each.name}" for folder in FOLDERS for each in (DOCS / folder).glob("*.md")}
    written |= {each for each in ("coverage.md", "config-items.md") if (DOCS / each).exists()}
    assert sorted(written ^ pages.keys()) == [], HOW
    stale = [name for name, text in pages.items() if (DOCS / name).read_text(encoding="utf-8") != text]
    assert stale == [], HOW
