"""Terraform's language read back: by python-hcl2, and by terraform itself where the machine has it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2

_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|\$\$\{|%%\{')
_SHORT = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_CALL = re.compile(r"\$\{jsonencode\((.*)\)\}", re.DOTALL)


def parse(text: str) -> dict[str, Any]:
    """A file as plain data: literals are texts, ``jsonencode(x)`` is x, references stay as ``${...}``."""
    value: dict[str, Any] = _plain(hcl2.loads(text))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items() if key != "__is_block__"}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, str):
        return value
    if call := _CALL.fullmatch(value):
        return parse(f"x = {call[1]}\n")["x"]
    if value.startswith('"') and value.endswith('"'):
        return _literal(value[1:-1])
    return value


def _literal(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        if code:
            return chr(int(code, 16))
        return _SHORT[found[3]] if found[3] else found[0][1:]

    return _ESCAPE.sub(one, text)


def evaluate(text: str, folder: Path) -> Any:
    """What terraform makes of the local value ``x`` in this file; it asks no provider. None where it is missing."""
    terraform = shutil.which("terraform")
    if terraform is None:
        return None
    (folder / "main.tf").write_text(text + '\noutput "x" {\n  value = local.x\n}\n', encoding="utf-8")
    for words in (["fmt", "-check", "-diff"], ["init"], ["apply", "-auto-approve"]):
        subprocess.run(
            [terraform, *words, *(["-no-color"] if words[0] != "fmt" else [])],
            cwd=folder,
            check=True,
            capture_output=True,
        )
    done = subprocess.run(
        [terraform, "output", "-json", "x"], cwd=folder, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)
