"""Whether installed packages have policies: asked by every command, so nothing else is loaded for it."""

from __future__ import annotations

import importlib.metadata

ENTRY_POINTS = "liveaudit.policies"
"""The group of entry points under which a package names the modules of its policies."""


def are_installed() -> bool:
    """Whether some installed package has policies."""
    return bool(importlib.metadata.entry_points(group=ENTRY_POINTS))
