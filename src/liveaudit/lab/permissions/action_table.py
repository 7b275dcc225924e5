"""Which IAM actions there are and on which types of resources: AWS's Service Authorization Reference.

Read from the copy inside cfn-lint, which comes with ``moto[all]``; cfn-lint itself is not imported.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from liveaudit.model import LiveauditError

_FILE = Path("data", "AdditionalSpecs", "Policies.json")


class MissingTableError(LiveauditError):
    """The table is not where it is expected."""


@functools.cache
def table() -> Mapping[str, Any]:
    """Service prefix to ``Actions`` and ``Resources``, their names in lower case. Raises MissingTableError."""
    found = importlib.util.find_spec("cfnlint")
    places = found.submodule_search_locations if found is not None else None
    for place in places or ():
        if (Path(place) / _FILE).is_file():
            read: Mapping[str, Any] = json.loads((Path(place) / _FILE).read_bytes())
            return read
    raise MissingTableError(
        "the lab needs cfn-lint's table of IAM actions (cfnlint/data/AdditionalSpecs/Policies.json), and it is "
        "not there: install liveaudit[lab] again"
    )


def resource_types(action: str) -> tuple[str, ...] | None:
    """The types of resources that ``action`` can be limited to; empty: none, it takes ``*``. None: no such action."""
    prefix, _, name = action.partition(":")
    service = table().get(prefix)
    entry = None if service is None else service["Actions"].get(name.lower())
    return None if entry is None else tuple(entry.get("Resources", ()))


@functools.lru_cache(maxsize=4096)
def arn_forms(action: str) -> tuple[re.Pattern[str], ...]:
    """What the ARNs of the action's resource types look like."""
    prefix = action.partition(":")[0]
    resources = table()[prefix]["Resources"] if resource_types(action) else {}
    return tuple(
        re.compile(re.sub(r"\$\{[^}]*\}", "[^:]*", form))
        for name in resource_types(action) or ()
        for form in resources.get(name.lower(), {}).get("ARNFormats", ())
    )
