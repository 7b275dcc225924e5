"""What the pages load: pinned, and the very files that were meant."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from browser import install
from liveaudit.web.render import NAVIGATION

TEMPLATES = install.HERE.parent / "src" / "liveaudit" / "web" / "templates"
FILES = tomllib.loads((install.HERE / "files.toml").read_text(encoding="utf-8"))["file"]
NEEDED = "run `make vendor` (or `python browser/install.py`) first"


def locked() -> dict[str, Any]:
    packages = json.loads((install.HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    return {name: each for name, each in packages.items() if name}


def test_every_package_is_pinned_by_its_hash_and_names_no_host() -> None:
    assert locked()
    for name, each in locked().items():
        assert each["integrity"].startswith("sha512-"), name
        assert "resolved" not in each, name


def test_what_is_asked_for_is_an_exact_version_and_the_locked_one() -> None:
    asked = json.loads((install.HERE / "package.json").read_text(encoding="utf-8"))
    for name, version in {**asked["dependencies"], **asked["devDependencies"]}.items():
        assert locked()[f"node_modules/{name}"]["version"] == version


@pytest.mark.parametrize("told", FILES, ids=[each["to"] for each in FILES])
def test_what_is_served_is_the_file_that_was_meant(told: dict[str, str]) -> None:
    served = install.VENDOR / told["to"]
    assert served.exists(), NEEDED
    assert hashlib.sha256(served.read_bytes()).hexdigest() == told["sha256"]


def test_the_licences_go_with_the_files() -> None:
    told = (install.VENDOR / install.LICENCES).read_text(encoding="utf-8")
    for name in ("htmx", "uPlot", "Popper", "Tabler"):
        assert name in told
    assert "permission" in told.lower()


def test_every_icon_that_a_page_names_is_served() -> None:
    served = (install.VENDOR / install.SPRITE).read_text(encoding="utf-8")
    named = {icon for _name, _path, icon in NAVIGATION}
    for template in TEMPLATES.rglob("*.html"):
        named |= set(
            re.findall(r"""icon(?:_name)?(?:\(|=)["']([a-z0-9-]+)["']""", template.read_text("utf-8"))
        )
    missing = sorted(name for name in named if f'<symbol id="{name}"' not in served)
    assert not missing, f"add them to browser/icons.txt, then {NEEDED}: {missing}"


def test_icons_are_drawn_in_the_colour_and_width_of_the_style_sheet() -> None:
    icons = json.dumps(
        {
            "icons": {"dot": {"body": '<path fill="none" stroke="currentColor" stroke-width="2" d="M1 1"/>'}},
            "aliases": {"point": {"parent": "dot"}},
        }
    ).encode()
    made = install.sprite(icons, ["point", "dot", "dot"])
    assert made.count('<symbol id="dot"') == 1
    assert '<symbol id="point" viewBox="0 0 24 24"><path fill="none" d="M1 1"/></symbol>' in made


def test_an_icon_that_there_is_none_of_is_told_by_name() -> None:
    with pytest.raises(install.InstallError, match="no icon called unicorn-with-hat"):
        install.sprite(b'{"icons": {}, "aliases": {}}', ["unicorn-with-hat"])


def test_a_file_that_is_another_is_refused_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in FILES:
        stands = tmp_path / "modules" / each["from"]
        stands.parent.mkdir(parents=True, exist_ok=True)
        stands.write_bytes(b"alert(1)")
    lock = hashlib.sha256((install.HERE / "package-lock.json").read_bytes()).hexdigest()
    (tmp_path / "modules" / ".lock-sha256").write_text(lock, encoding="ascii")
    monkeypatch.setattr(install, "MODULES", tmp_path / "modules")
    with pytest.raises(install.InstallError, match=r"htmx\.min\.js is not the file that files\.toml tells"):
        install.install(tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()
