"""A few kills of ``make chaos``: workers killed at any moment under load, and nothing lost or doubled."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from liveaudit.lab import Lab
from tests.chaos.run import Chaos
from tests.support.postgres import Server

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.postgres]

KILLS = 10


@pytest.mark.timeout(300)
def test_workers_killed_under_load(lab: Lab, tmp_path: Path, postgres: Server) -> None:
    chaos = Chaos(lab, postgres.empty("chaos"), tmp_path, KILLS, random.Random(), rate=10.0, pause=0.05)
    report = chaos.run()
    assert report.broken == [], "\n".join([*report.lines(), (tmp_path / "workers.log").read_text()[-3000:]])
    assert report.killed_at.total() == KILLS
    assert report.steps["stored"]
    assert report.transitions >= report.findings > 0
