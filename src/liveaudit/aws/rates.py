"""How often each service may be called: what AWS publishes, else what is known to go well. Data.

Half of what is published, or less: the account's own programs need the rest. Where the rate is too high, throttling tells,
and the budget gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from liveaudit.aws.budget import Limit

UNPUBLISHED = "not published"

RATES: Mapping[str, Limit] = MappingProxyType(
    {
        "ec2": Limit(
            10,
            20,
            50,
            "describe actions: 100 at once, 20 a second; unfiltered 50 and 10: "
            "docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html",
        ),
        "iam": Limit(10, 20, 30, f"{UNPUBLISHED}; one bucket for the account in all regions"),
        "organizations": Limit(2, 5, 10, f"{UNPUBLISHED}; shared by the whole organization"),
        "s3": Limit(20, 100, 60, f"{UNPUBLISHED} for the settings of buckets"),
        "s3control": Limit(5, 20, 20, UNPUBLISHED),
    }
)
"""By botocore's client name. Calls a second at first and at most, and at once after a pause."""

OTHERS = Limit(5, 20, 20, UNPUBLISHED)
"""Of services that are not in the table."""

EMULATOR = Limit(1000, 5000, 2000, "no AWS: only its throttling counts")


def limit_of(client: str, *, emulated: bool = False) -> Limit:
    """The limit of a service; ``emulated``: its calls do not go to AWS."""
    return EMULATOR if emulated else RATES.get(client, OTHERS)
