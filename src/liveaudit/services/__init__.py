"""One folder per AWS service: its table (``resources.py``), its policies, and how what they find is mended
(``remedies.toml``).

Loading them fills the registry.
"""

from __future__ import annotations

import importlib
import importlib.resources
import pkgutil
from collections.abc import Mapping
from functools import lru_cache

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import Service
from liveaudit.policies.policy import BUILT_IN, PolicyRegistry
from liveaudit.policies.remedies import Remedies, RemedyError, read_remedies

REMEDIES = "remedies"
"""How the names of the files begin that tell how things are mended; a service of many policies has several."""


def folders() -> list[str]:
    """The names of the services' folders."""
    return sorted(each.name for each in pkgutil.iter_modules(__path__) if each.ispkg)


@lru_cache(maxsize=1)
def load() -> tuple[Catalog, PolicyRegistry]:
    """The catalog of all services and all policies: the built-in ones of every folder here, and on top of them those that
    are taken in while the process runs (``liveaudit.custom``). One of each a process."""
    services: list[Service] = []
    for folder in folders():
        package = importlib.import_module(f"{__name__}.{folder}")
        for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{__name__}.{folder}.{module}")
        resources = importlib.import_module(f"{__name__}.{folder}.resources")
        services.extend(value for value in vars(resources).values() if isinstance(value, Service))
    return Catalog(services), PolicyRegistry(over=BUILT_IN)


def remedies_of(folder: str) -> dict[str, Remedies]:
    """The remedies that stand in one service's folder, by policy id. Raises RemedyError."""
    found: dict[str, Remedies] = {}
    files = (importlib.resources.files(__name__) / folder).iterdir()
    for file in sorted(files, key=lambda each: each.name):
        if file.name.startswith(REMEDIES) and file.name.endswith(".toml"):
            where = f"services/{folder}/{file.name}"
            _add(found, read_remedies(file.read_text(encoding="utf-8"), where), where)
    return found


def _add(found: dict[str, Remedies], more: Mapping[str, Remedies], where: str) -> None:
    if twice := sorted(found.keys() & more.keys()):
        raise RemedyError(f"{where}: {twice[0]} stands in another file too")
    found |= more


@lru_cache(maxsize=1)
def remedies() -> Mapping[str, Remedies]:
    """How what each policy finds is mended, by policy id. Raises RemedyError for one that stands twice."""
    found: dict[str, Remedies] = {}
    for folder in folders():
        _add(found, remedies_of(folder), f"services/{folder}")
    return found
