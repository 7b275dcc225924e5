"""The users' own policies stand in the registry and in the frameworks, until others are taken in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveaudit.audit.fingerprints import fingerprint
from liveaudit.custom.taking_in import take_in
from liveaudit.frameworks.framework import FrameworkError, controls_by_policy, load_frameworks
from liveaudit.policies.policy import Context, PolicyKind
from liveaudit.provision.known import everything_known
from liveaudit.services import load

BUCKETS = load()[1].named("s3_bucket_secure_transport_policy")[0]
OWN = replace(BUCKETS, id="acme_own", kind=PolicyKind.CEL, controls=(("CIS 7.0", ("3.1.2",)),), version="1")


def test_they_are_found_everywhere_and_gone_again() -> None:
    take_in([OWN])
    assert load()[1].get("acme_own", OWN.type) == OWN
    assert controls_by_policy()["acme_own"] == {"CIS 7.0": ("3.1.2",)}
    assert "acme_own" in load_frameworks()["CIS 7.0"].controls["3.1.2"].policies
    assert "acme_own" in everything_known().policies
    take_in([])
    assert load()[1].get("acme_own", OWN.type) is None
    assert "acme_own" not in controls_by_policy()
    assert "acme_own" not in load_frameworks()["CIS 7.0"].controls["3.1.2"].policies
    assert "acme_own" not in everything_known().policies


@pytest.mark.parametrize("control", [("CIS 7.0", ("99.9",)), ("CIS 700", ("1.1",))])
def test_a_control_that_there_is_not_changes_nothing(control: tuple[str, tuple[str, ...]]) -> None:
    take_in([OWN])
    with pytest.raises(FrameworkError, match="acme_other: "):
        take_in([replace(OWN, id="acme_other", controls=(control,))])
    assert [each.id for each in load()[1].own] == ["acme_own"]
    assert "acme_own" in controls_by_policy()


def test_a_version_of_its_own_stands_for_its_source() -> None:
    plain = fingerprint(OWN, Context())
    assert fingerprint(replace(OWN, judge=lambda: None), Context()) == plain  # type: ignore[arg-type, return-value]  # not called
    assert fingerprint(replace(OWN, version="2"), Context()) != plain
