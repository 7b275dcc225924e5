"""One folder per AWS service: its table (``resources.py``) and its policies. Loading them fills the registry."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from liveaudit.catalog.catalog import Catalog
from liveaudit.catalog.types import Service
from liveaudit.policies.policy import BUILT_IN, PolicyRegistry


@lru_cache(maxsize=1)
def load() -> tuple[Catalog, PolicyRegistry]:
    """The catalog of all services and the built-in policies, every folder here taken in."""
    services: list[Service] = []
    for folder in sorted(each.name for each in pkgutil.iter_modules(__path__) if each.ispkg):
        package = importlib.import_module(f"{__name__}.{folder}")
        for module in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{__name__}.{folder}.{module}")
        resources = importlib.import_module(f"{__name__}.{folder}.resources")
        services.extend(value for value in vars(resources).values() if isinstance(value, Service))
    return Catalog(services), BUILT_IN
