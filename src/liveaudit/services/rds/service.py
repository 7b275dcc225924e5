"""One API and one event source for three products: RDS with Aurora, DocumentDB, Neptune. The engine tells which it is.

CloudTrail lower-cases only the first letter of a name (``dBInstanceIdentifier``) and shows what the answer holds without
its wrapper; the answer has the id as AWS keeps it, in lower case, and the engine. Sources: the API reference, recorded
events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from liveaudit.catalog.types import Service

service = Service("rds", event_source="rds.amazonaws.com")

TAG_EVENTS = ("AddTagsToResource", "RemoveTagsFromResource")
TAGGED = "requestParameters.resourceName"


def named(parameter: str) -> tuple[str, str]:
    """Where an event names its resource: as AWS keeps it, else as it was asked for."""
    return f"responseElements.{parameter}", f"requestParameters.{parameter}"


@dataclass(frozen=True, slots=True)
class Product:
    """One of the three. ``pattern``: its engines' names. ``chosen``: JMESPath that keeps its items of a list."""

    prefix: str
    pattern: str
    chosen: str

    @property
    def only_if(self) -> Mapping[str, str]:
        """What an event tells of the engine."""
        return dict.fromkeys(named("engine"), self.pattern)


RDS = Product("AWS::RDS", "(?!docdb|neptune).+", "[?Engine!='docdb' && Engine!='neptune']")
DOCUMENTDB = Product("AWS::DocDB", "docdb", "[?Engine=='docdb']")
NEPTUNE = Product("AWS::Neptune", "neptune", "[?Engine=='neptune']")
