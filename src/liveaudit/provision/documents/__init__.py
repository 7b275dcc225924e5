"""The documents that the owners of the accounts make: roles, whom they trust, what they may do, and why.

``documents(installation, catalog, policies)`` gives them by account. The tool never makes a role itself, it only
tells what is to be made, and runs with exactly that.
"""

from liveaudit.provision.documents.assemble import documents, member_documents
from liveaudit.provision.documents.model import (
    AccountDocuments,
    Documents,
    DocumentTooLargeError,
    ManagedPolicy,
    Role,
    Statement,
    Trust,
)

__all__ = [
    "AccountDocuments",
    "DocumentTooLargeError",
    "Documents",
    "ManagedPolicy",
    "Role",
    "Statement",
    "Trust",
    "documents",
    "member_documents",
]
