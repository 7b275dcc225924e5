"""To what a resource is related, as AWS Config tells it. Pure.

AWS Config takes these direct relationships from what describes the resource ("Indirect relationships in AWS Config", FAQ of
the developer guide), so they follow from its configuration. Only for a few types of Amazon EC2 it tells what other resources say of
it too; those we do not know, and nothing of them is told. Types and names are those of the developer guide's "Supported
Resource Types", of the sample items of the Rule Development Kit, and of items of AWS Config that people have published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

GROUP, SUBNET, VPC = "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::VPC"


def _as_it_is(value: str) -> str:
    return value


@dataclass(frozen=True, slots=True)
class Relation:
    """One kind of relationship. ``name``: AWS Config's words. ``path``: where the others stand in the configuration, through lists.

    ``told_as``: by their id, their name, or both; ``short`` makes it of what stands there.
    """

    name: str
    type: str
    path: str
    told_as: tuple[str, ...] = ("resourceId",)
    short: Callable[[str], str] = _as_it_is

    def of(self, configuration: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The relationships of this kind, as they stand in an event."""
        for value in dict.fromkeys(_values(configuration, self.path.split("."))):
            told = dict.fromkeys(self.told_as, self.short(value))
            yield {
                "resourceId": told.get("resourceId"),
                "resourceName": told.get("resourceName"),
                "resourceType": self.type,
                "name": self.name,
            }


def related(relations: Sequence[Relation], configuration: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All relationships that follow from a configuration."""
    return [each for relation in relations for each in relation.of(configuration)]


def by_name(name: str, type_name: str, path: str, short: Callable[[str], str] = _as_it_is) -> Relation:
    """A relation to what AWS Config tells the name of and no id."""
    return Relation(name, type_name, path, ("resourceName",), short)


def last_part(arn: str) -> str:
    """A role's name, of its ARN."""
    return arn.rpartition("/")[2]


def _values(value: Any, steps: Sequence[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _values(each, steps)
    elif steps:
        yield from _values(value.get(steps[0]), steps[1:]) if isinstance(value, Mapping) else ()
    elif isinstance(value, str) and value:
        yield value
