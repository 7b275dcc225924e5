"""The documents that the owners of the accounts make, for a draft: by account, as files, as one archive."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from liveaudit.provision.documents import AccountDocuments, Documents, documents
from liveaudit.provision.documents.files import GUIDE, Format, files, guide
from liveaudit.provision.installation import Installation
from liveaudit.provision.resolve import declared
from liveaudit.setting_up import opened
from liveaudit.settings import Settings
from liveaudit.store.roles import Role
from liveaudit.web.access.principal import Principal
from liveaudit.web.console import Console
from liveaudit.web.problems import Problem
from liveaudit.web.setup.draft import Drafted

FORMS = {
    Format.CLOUDFORMATION: "CloudFormation",
    Format.TERRAFORM: "Terraform",
    Format.JSON: "JSON documents",
}
"""How they can be had, with the name for people."""
_WHEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Papers:
    """One account's documents in one form. ``guide``: what is to be made, why, and how."""

    account: str
    name: str
    parts: tuple[str, ...]
    guide: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """All documents of a draft. ``missed``: why it is not known what has to be looked up; empty: nothing is missed."""

    documents: Documents
    missed: str = ""


Look = Annotated[bool, Query(description="Ask AWS for the organization's accounts first; needs an operator.")]


def documents_of(console: Console, drafted: Drafted, who: Principal, *, look: bool = False) -> Made:
    """All documents of a draft. Raises SettingsError for mistakes in it, and SetupError for what AWS would not take.

    ``look``: AWS is asked for the accounts of the organization and for regions, so not in an event loop. Raises Problem.
    """
    if look and not who.role.includes(Role.OPERATOR):
        raise Problem(
            403, "Not allowed", "looking up accounts needs an operator: leave look out", field="look"
        )
    settings = drafted.checked.usable()
    installation, missed = declared(settings), ""
    if look:
        installation, missed = asyncio.run(_looked_up(settings))
    return Made(documents(installation, console.catalog, console.policies), missed)


async def _looked_up(settings: Settings) -> tuple[Installation, str]:
    async with opened(settings, whatever=True) as setup:
        # what is amiss in an account is told by the check
        return setup.installation, "; ".join(str(each) for each in setup.problems if not each.account)


def papers(made: Documents, given: AccountDocuments, form: Format) -> Papers:
    """One account's documents as files."""
    return Papers(given.account, given.name, given.parts, guide(made, given, form), files(made, given, form))


def archive(made: Documents, chosen: Iterable[AccountDocuments], form: Format) -> bytes:
    """The files of some accounts, a folder each, as a zip; the same documents give the same bytes."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for each in chosen:
            made_files = {GUIDE: guide(made, each, form), **files(made, each, form)}
            for name, text in made_files.items():
                zipped.writestr(zipfile.ZipInfo(f"{each.account}/{name}", _WHEN), text)
    return held.getvalue()
