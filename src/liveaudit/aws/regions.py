"""The regions that there are, as far as this version of botocore knows."""

from __future__ import annotations

from functools import lru_cache

from botocore.loaders import Loader


@lru_cache(maxsize=1)
def known_regions() -> frozenset[str]:
    """The names of all regions of all partitions. A newer region can be missing."""
    partitions = Loader().load_data("partitions")["partitions"]
    return frozenset(
        region for each in partitions for region in each["regions"] if not region.endswith("-global")
    )
