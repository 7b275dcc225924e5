"""The one judge of IAM policy documents: identity policies, resource policies, trust policies.

Pure and total: ``parse`` raises MalformedDocument for what is no policy document (the caller says UNKNOWN), and every
other function answers for every Document. Answers are the evidence (Grants); empty means that nothing was found. What the
judge is not sure of is never taken as a restriction, and is named in ``Grant.uncertain``.
"""

from liveaudit.policies.documents import trust
from liveaudit.policies.documents.access import (
    S3_WRITE_ACTIONS,
    SERVICES_WITHOUT_SOURCE,
    foreign_grants,
    public_grants,
    service_grants_without_source,
)
from liveaudit.policies.documents.escalation import Escalation, privilege_escalations
from liveaudit.policies.documents.escalation_paths import PATHS, Path
from liveaudit.policies.documents.identity import (
    allowing,
    allows,
    allows_some,
    assumes_any_role,
    full_access,
    is_administrator,
)
from liveaudit.policies.documents.model import (
    Condition,
    Document,
    Grant,
    MalformedDocument,
    Principal,
    PrincipalKind,
    Statement,
    Uncertainty,
)
from liveaudit.policies.documents.parse import parse
from liveaudit.policies.documents.request import Answer, Decision, Request, decide
from liveaudit.policies.documents.same import differences, told
from liveaudit.policies.documents.transport import Transport, denies_insecure_transport
from liveaudit.policies.documents.trust import (
    assumable_by_other_accounts,
    external_accounts_without_external_id,
    saml_without_audience,
    service_trust_without_source,
    trust_allows_anyone,
    web_identity_without_subject,
)

__all__ = [
    "PATHS",
    "S3_WRITE_ACTIONS",
    "SERVICES_WITHOUT_SOURCE",
    "Answer",
    "Condition",
    "Decision",
    "Document",
    "Escalation",
    "Grant",
    "MalformedDocument",
    "Path",
    "Principal",
    "PrincipalKind",
    "Request",
    "Statement",
    "Transport",
    "Uncertainty",
    "allowing",
    "allows",
    "allows_some",
    "assumable_by_other_accounts",
    "assumes_any_role",
    "decide",
    "denies_insecure_transport",
    "differences",
    "external_accounts_without_external_id",
    "foreign_grants",
    "full_access",
    "is_administrator",
    "parse",
    "privilege_escalations",
    "public_grants",
    "saml_without_audience",
    "service_grants_without_source",
    "service_trust_without_source",
    "told",
    "trust",
    "trust_allows_anyone",
    "web_identity_without_subject",
]
