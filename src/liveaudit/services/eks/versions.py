"""When the standard support of EKS's versions of Kubernetes ends.

Source: EKS user guide, "Amazon EKS Kubernetes release calendar", column "End of standard support", as of 2026-11.
"""

from __future__ import annotations

from liveaudit.policies.lifecycle import days

LAST_DAYS = days(
    {
        "1.36": "2027-08-02",
        "1.35": "2027-03-27",
        "1.34": "2026-12-02",
        "1.33": "2026-07-29",
        "1.32": "2026-03-23",
        "1.31": "2025-11-26",
        "1.30": "2025-07-23",
        "1.29": "2025-03-23",
        "1.28": "2024-11-26",
        "1.27": "2024-07-24",
        "1.26": "2024-06-11",
        "1.25": "2024-05-01",
        "1.24": "2024-01-31",
        "1.23": "2023-10-11",
    }
)
"""The last day of each version's standard support."""

OLDEST = (1, 23)
"""What is older had its end before."""
