"""A registry on top of another: both are seen, and the upper one is replaced as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveaudit.policies.policy import Policy, PolicyRegistry
from tests.support.fake import POLICIES

FIRST = POLICIES.all()[0]
OWN = replace(FIRST, id="acme_own")


def ids(policies: tuple[Policy, ...]) -> list[str]:
    return [each.id for each in policies]


def test_both_are_seen_in_order() -> None:
    registry = PolicyRegistry(over=POLICIES)
    registry.replace([OWN])
    assert registry.get("acme_own", OWN.type) is OWN
    assert registry.get(FIRST.id, FIRST.type) is FIRST
    assert ids(registry.all()) == sorted(["acme_own", *ids(POLICIES.all())])
    assert set(ids(registry.of(OWN.type))) == {"acme_own", *ids(POLICIES.of(OWN.type))}
    assert registry.own == (OWN,)
    assert POLICIES.get("acme_own", OWN.type) is None


def test_the_new_ones_stand_in_the_place_of_the_old() -> None:
    registry = PolicyRegistry(over=POLICIES)
    registry.replace([OWN])
    registry.replace([replace(OWN, id="acme_other")])
    assert registry.get("acme_own", OWN.type) is None
    assert registry.changes == 2


@pytest.mark.parametrize("twice", [[OWN, OWN], [FIRST]], ids=["in one go", "of the registry below"])
def test_an_id_that_its_type_has_already_changes_nothing(twice: list[Policy]) -> None:
    registry = PolicyRegistry(over=POLICIES)
    registry.replace([OWN])
    with pytest.raises(ValueError, match="defined twice"):
        registry.replace(twice)
    assert registry.own == (OWN,)
    assert registry.changes == 1
