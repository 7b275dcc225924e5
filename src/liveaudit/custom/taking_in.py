"""The users' own policies put where all of the process finds them: in the registry, and in the frameworks they serve."""

from __future__ import annotations

from collections.abc import Iterable

from liveaudit.frameworks.framework import FrameworkError
from liveaudit.frameworks.framework import take_in as serve
from liveaudit.policies.policy import Policy
from liveaudit.services import load


def take_in(policies: Iterable[Policy]) -> None:
    """Have these policies beside the built-in ones, in the place of all that were taken in before.

    Raises ValueError for an id that its type has already, and FrameworkError for a control that there is not; nothing has
    changed then.
    """
    taken, registry = list(policies), load()[1]
    before = registry.own
    registry.replace(taken)
    try:
        serve({each.id: dict(each.controls) for each in taken if each.controls})
    except FrameworkError:
        registry.replace(before)
        raise
