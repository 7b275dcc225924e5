"""The lab, once for the whole session; every test gets it empty."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveaudit.lab import Lab

RECEIVER = "111111111111"
PUBLISHER = "222222222222"
MANAGEMENT = "333333333333"
MEMBER = "444444444444"


@pytest.fixture(scope="session")
def running_lab() -> Iterator[Lab]:
    accounts = (RECEIVER, PUBLISHER, MANAGEMENT, MEMBER)
    with Lab(accounts=accounts, regions=("us-east-1", "eu-west-1")) as lab:
        yield lab


@pytest.fixture
def lab(running_lab: Lab) -> Iterator[Lab]:
    running_lab.reset()
    yield running_lab
    failures = running_lab.state()["failures"]
    assert not failures, f"the lab itself failed: {failures}"
