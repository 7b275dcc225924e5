"""What a rule says of one resource."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_LONGEST = 256
_CUT = " [truncated]"


class ComplianceType:
    """The words of AWS Config."""

    NOT_APPLICABLE = "NOT_APPLICABLE"
    COMPLIANT = "COMPLIANT"
    NON_COMPLIANT = "NON_COMPLIANT"

    @staticmethod
    def get_valid_compliances() -> list[str]:
        """All three."""
        return ["NOT_APPLICABLE", "COMPLIANT", "NON_COMPLIANT"]


class Evaluation:
    """One evaluation; resource and time are filled in from the event where the rule leaves them out."""

    def __init__(
        self,
        complianceType: str,  # noqa: N803 - the names are the library's
        resourceId: str | None = None,  # noqa: N803 - as above
        resourceType: str | None = None,  # noqa: N803 - as above
        annotation: str = "",
    ) -> None:
        if complianceType not in ComplianceType.get_valid_compliances():
            raise ValueError(f"{complianceType!r} is no compliance type")
        self.complianceType = complianceType
        self.complianceResourceId = resourceId
        self.complianceResourceType = resourceType
        self.annotation = build_annotation(annotation)
        self.orderingTimestamp: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Evaluation) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.complianceType, self.complianceResourceType, self.complianceResourceId))

    def __repr__(self) -> str:
        of = f"{self.complianceResourceType} {self.complianceResourceId}"
        return f"Evaluation({self.complianceType}, {of}, {self.annotation!r})"

    def import_fields_from_periodic_event(self, event: Mapping[str, Any]) -> None:
        """Take the time of a scheduled event."""
        self.orderingTimestamp = str(json.loads(event["invokingEvent"])["notificationCreationTime"])

    def import_fields_from_configuration_item(self, configuration_item: Mapping[str, Any]) -> None:
        """Take the time of an item, and its resource where none is told."""
        self.orderingTimestamp = configuration_item["configurationItemCaptureTime"]
        self.complianceResourceId = self.complianceResourceId or configuration_item["resourceId"]
        self.complianceResourceType = self.complianceResourceType or configuration_item["resourceType"]

    def is_valid(self) -> bool:
        """True. Raises ValueError where something is missing."""
        for name in ("complianceResourceId", "complianceResourceType", "orderingTimestamp"):
            if not getattr(self, name):
                raise ValueError(f"an evaluation has no {name}")
        return True

    def get_json(self) -> dict[str, Any]:
        """As PutEvaluations takes it."""
        made = {
            "ComplianceResourceId": self.complianceResourceId,
            "ComplianceResourceType": self.complianceResourceType,
            "ComplianceType": self.complianceType,
            "OrderingTimestamp": self.orderingTimestamp,
        }
        return {**made, "Annotation": self.annotation} if self.annotation else made


def build_annotation(annotation_string: str) -> str:
    """The text as long as AWS Config takes it."""
    if len(annotation_string) <= _LONGEST:
        return annotation_string
    return annotation_string[: _LONGEST - len(_CUT)] + _CUT
