"""Everything that the lab touches inside moto is there, and is given back."""

from __future__ import annotations

import pytest

from liveaudit.lab import Lab, LabError, internals
from tests.lab.conftest import RECEIVER

pytestmark = pytest.mark.lab


def test_every_internal_is_there() -> None:
    internals.check(internals.INTERNALS)


def test_only_one_lab_at_a_time(lab: Lab) -> None:
    with pytest.raises(LabError, match="another lab"):
        Lab().start()
    lab.client(RECEIVER, "sts", "us-east-1").get_caller_identity()


def test_wrong_accounts() -> None:
    with pytest.raises(LabError, match="twelve digits"):
        Lab(accounts=("12345",))
    with pytest.raises(LabError, match="not started"):
        _ = Lab().endpoint_url
    with pytest.raises(LabError, match="no account"):
        Lab().credentials("999999999999")
