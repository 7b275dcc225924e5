"""A wheel is whole: installed alone, its console shows its pages."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

from browser import install

ASK = """
import re, sys
from pathlib import Path
from starlette.testclient import TestClient
import liveaudit
from liveaudit.store.database import Database, sqlite_url
from liveaudit.web.app import create_app
from liveaudit.web.console import make_console

assert Path(liveaudit.__file__).is_relative_to(sys.argv[1]), liveaudit.__file__
database = Database(sqlite_url(Path(sys.argv[1]) / "wheel.sqlite3"))
with TestClient(create_app(make_console(database, lambda: 1.0, Path("none.yaml"))), base_url="http://127.0.0.1") as client:
    page = client.get("/")
    assert page.status_code == 200, page
    for address in [*re.findall('(?:src|href)="(/static/[^"#]+)"', page.text), "/static/vendor/icons.svg"]:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.content, address
        print(address)
database.close()
"""


def test_a_built_wheel_carries_what_its_pages_load(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=install.HERE.parent, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    alone = tmp_path / "alone"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(alone)
    asked = subprocess.run(
        [sys.executable, "-c", ASK, str(alone)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(alone)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert asked.returncode == 0, asked.stderr
    served = set(asked.stdout.split())
    assert {
        "/static/vendor/htmx.min.js",
        "/static/vendor/tabler.min.css",
        "/static/vendor/icons.svg",
    } <= served
