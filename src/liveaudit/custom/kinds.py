"""The kinds of policies that a file may hold: by which field of a policy one is told, and what builds it.

A new kind is a field of ``shape.PolicySpec`` and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from liveaudit.catalog.catalog import Catalog
from liveaudit.custom import cel, config_rules, functions, tags
from liveaudit.custom.common import Common
from liveaudit.policies.policy import Policy, PolicyKind

Build = Callable[[Common, Any, Catalog], Policy]
"""Makes a policy on one type from what its file says of its kind. Raises PolicyMistakeError."""

BUILDERS: Mapping[str, Build] = {
    "tags": tags.build,
    "cel": cel.build,
    "lambda": functions.build,
    "config_rule": config_rules.build,
}
"""By the field's name in the file."""
KINDS: Mapping[str, PolicyKind] = {
    "tags": PolicyKind.TAGS,
    "cel": PolicyKind.CEL,
    "config_rule": PolicyKind.CONFIG_RULE,
    "lambda": PolicyKind.LAMBDA,
}
"""The kinds by the same names."""
