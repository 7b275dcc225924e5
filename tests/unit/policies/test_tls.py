"""Which named security policies of TLS are weak."""

from __future__ import annotations

import pytest

from liveaudit.policies.tls import (
    weakness_of_listener_policy,
    weakness_of_viewer_policy,
)
from liveaudit.testing.shapes import output_shape

STRONG = [
    "ELBSecurityPolicy-TLS13-1-3-2021-06",
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    "ELBSecurityPolicy-FS-1-2-Res-2020-10",
    "ELBSecurityPolicy-FS-1-2-Res-2019-08",
]
WEAK = [
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09",
    "ELBSecurityPolicy-TLS13-1-1-2021-06",
    "ELBSecurityPolicy-TLS13-1-0-2021-06",
    "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04",
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
    "ELBSecurityPolicy-TLS-1-2-2017-01",
    "ELBSecurityPolicy-TLS-1-1-2017-01",
    "ELBSecurityPolicy-TLS-1-0-2015-04",
    "ELBSecurityPolicy-FS-1-2-2019-08",
    "ELBSecurityPolicy-FS-1-1-2019-08",
    "ELBSecurityPolicy-FS-2018-06",
    "ELBSecurityPolicy-2016-08",
    "ELBSecurityPolicy-2015-05",
]


@pytest.mark.parametrize("name", STRONG)
def test_strong_policies_of_listeners(name: str) -> None:
    assert weakness_of_listener_policy(name) == ""


@pytest.mark.parametrize("name", WEAK)
def test_weak_policies_of_listeners(name: str) -> None:
    assert weakness_of_listener_policy(name)


@pytest.mark.parametrize("name", ["", "mine", "ELBSecurityPolicy-", "ELBSecurityPolicy-TLS14-1-4-2030-01"])
def test_a_name_that_tells_nothing(name: str) -> None:
    assert weakness_of_listener_policy(name) is None
    assert weakness_of_viewer_policy(name) is None


def test_every_minimum_of_a_distribution_that_the_api_knows() -> None:
    shape = output_shape("cloudfront", "GetDistributionConfig")
    known = shape.members["DistributionConfig"].members["ViewerCertificate"].members["MinimumProtocolVersion"]
    told = {name: weakness_of_viewer_policy(name) for name in known.enum}
    assert None not in told.values()
    assert {name for name, weakness in told.items() if not weakness} == {
        "TLSv1.2_2021",
        "TLSv1.2_2025",
        "TLSv1.3_2025",
    }
