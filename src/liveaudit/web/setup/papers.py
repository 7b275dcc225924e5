"""The documents that the owners of the accounts make, for a draft: by account, as files, as one archive."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from liveaudit.provision.documents import AccountDocuments, Documents, documents
from liveaudit.provision.documents.files import GUIDE, Format, files, guide
from liveaudit.web.console import Console
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


def documents_of(console: Console, drafted: Drafted) -> Documents:
    """All documents of a draft. Raises SettingsError for mistakes in it, and SetupError for what AWS would not take."""
    drafted.checked.usable()
    assert drafted.installation is not None  # noqa: S101 - it is usable
    return documents(drafted.installation, console.catalog, console.policies)


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
