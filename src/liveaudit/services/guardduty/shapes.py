"""A detector as GetDetector gives it, as far as policies ask."""

from __future__ import annotations

from typing import Any


def detectors(answers: Any) -> list[dict[str, Any]]:
    """Of every detector whether it is on, and which features with which parts are."""
    return [
        {
            "Status": answer["Status"],
            "Features": {
                feature["Name"]: {
                    "Status": feature["Status"],
                    "Parts": {
                        part["Name"]: part["Status"] for part in feature.get("AdditionalConfiguration") or ()
                    },
                }
                for feature in answer.get("Features") or ()
            },
        }
        for answer in answers
    ]
