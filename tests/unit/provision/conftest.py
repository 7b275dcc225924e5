"""An installation to set up, and a catalog as large as it is going to be."""

from __future__ import annotations

import pytest

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import Service
from liveaudit.services import load

RECEIVER, PUBLISHER, OTHER = "111111111111", "222222222222", "333333333333"
US, EU = "us-east-1", "eu-west-1"


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load()[0]


def made_up_service(number: int, noises: int, *, changes: tuple[str, ...] = ()) -> Service:
    """A service with as many noise names, all its own, and the changes that it knows."""
    name = f"service{number:02d}"
    service = Service(name, event_source=f"{name}.amazonaws.com")
    thing = service.resource_type(f"AWS::Service{number}::Thing", arn="arn:{partition}:x:::{id}")
    thing.section("root", "DescribeThing", {"Id": "{id}"}, root=True)
    thing.event(f"Change{name}")
    for each in changes:
        thing.event(each)
    service.ignores(
        "noise", *(f"Update{name.title()}InstanceInformation{n}" for n in range(noises)), noise=True
    )
    return service


@pytest.fixture(scope="session")
def many_services() -> Catalog:
    """48 services with 300 names of noise, unevenly spread; one of them has more than a rule takes."""
    spread = [0, 2, 4, 6, 3, 1] * 8
    spread[7] = 90
    return Catalog(made_up_service(number, noises) for number, noises in enumerate(spread))
