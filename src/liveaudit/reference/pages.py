"""All reference pages."""

from __future__ import annotations

from liveaudit.catalog.catalog import Catalog
from liveaudit.frameworks.framework import load_frameworks
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.reference.config_items_page import config_items_page
from liveaudit.reference.coverage_page import coverage_page
from liveaudit.reference.facts import by_id, gather
from liveaudit.reference.markdown import page, table
from liveaudit.reference.operations import unlisted_operations
from liveaudit.reference.policy_page import policy_page
from liveaudit.reference.service_page import service_page
from liveaudit.reference.unplaced import unplaced
from liveaudit.services import remedies

FOLDERS = ("policies", "services")
"""The folders that hold these pages and nothing else."""


def all_pages(catalog: Catalog, policies: PolicyRegistry) -> dict[str, str]:
    """Every page, by its path below the folder of the documentation."""
    frameworks = load_frameworks()
    told = remedies()
    unlisted = unlisted_operations(catalog.services.values())
    pages = {
        "coverage.md": coverage_page(catalog, policies, frameworks, unlisted, unplaced()),
        "config-items.md": config_items_page(catalog),
        "policies/README.md": _index(policies),
    }
    for policy_id, same in by_id(policies.all()).items():
        pages[f"policies/{policy_id}.md"] = policy_page(gather(same, catalog, told), frameworks)
    for service in catalog.services.values():
        pages[f"services/{service.name}.md"] = service_page(service, policies, unlisted[service.name])
    return pages


def _index(policies: PolicyRegistry) -> str:
    found = by_id(policies.all())
    return page(
        "Policies",
        [
            f"{len(found)} policies. What is covered, and what is not, is told in [coverage](../coverage.md).",
            "",
            *table(
                ("policy", "severity", "what holds"),
                (
                    (f"[`{each}`]({each}.md)", same[0].severity.value, same[0].title)
                    for each, same in found.items()
                ),
            ),
        ],
    )
