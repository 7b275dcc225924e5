"""Whether hypothesis looks for new examples, or takes the same in every run."""

from __future__ import annotations

import os


def at_random() -> bool:
    """Whether new examples were asked for (``LIVEAUDIT_RANDOM=1``)."""
    return "LIVEAUDIT_RANDOM" in os.environ
