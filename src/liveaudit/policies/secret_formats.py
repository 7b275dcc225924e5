"""What tokens look like whose issuers gave them a form of their own.

Sources: the issuers' own pages on the format of their keys and tokens, and RFC 7468 (PEM), RFC 7519 (JSON Web Tokens), RFC
3986 (user information in URLs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_FORMATS: Final = {
    "AWS access key": r"(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])",
    "private key": r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
    "age secret key": r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
    "GitHub token": r"(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40})",
    "GitLab token": r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt)-[A-Za-z0-9_-]{20}",
    "Slack token": r"xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10}|xapp-\d-[A-Z0-9]+-\d+-[a-z0-9]{20}",
    "Slack webhook": r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Z0-9]+/[A-Z0-9]+/[A-Za-z0-9]{8}",
    "Discord webhook": r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/\d+/[\w-]{40}",
    "Teams webhook": r"https://[a-z0-9-]+\.webhook\.office\.com/webhookb2/[\w@-]+/",
    "Stripe key": r"(?:[rs]k_(?:live|test)|whsec)_[A-Za-z0-9]{20}",
    "Google API key": r"AIza[A-Za-z0-9_-]{35}",
    "Google OAuth secret": r"GOCSPX-[A-Za-z0-9_-]{28}",
    "OpenAI key": r"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{16,200}T3BlbkFJ[A-Za-z0-9_-]{16}",
    "Anthropic key": r"sk-ant-[a-z]+\d\d-[A-Za-z0-9_-]{20}",
    "Hugging Face token": r"hf_[A-Za-z]{30}",
    "npm token": r"npm_[A-Za-z0-9]{36}",
    "PyPI token": r"pypi-AgE[A-Za-z0-9_-]{50}",
    "RubyGems key": r"rubygems_[a-f0-9]{48}",
    "Docker token": r"dckr_[po]at_[A-Za-z0-9_-]{20}",
    "SendGrid key": r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16}",
    "Mailchimp key": r"[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])",
    "Mailgun key": r"key-[0-9a-f]{32}(?![A-Za-z0-9])",
    "Twilio key": r"SK[0-9a-f]{32}(?![A-Za-z0-9])",
    "Telegram token": r"\d{8,10}:AA[A-Za-z0-9_-]{33}",
    "Square token": r"(?:sq0csp-[A-Za-z0-9_-]{43}|EAAA[A-Za-z0-9_-]{60})",
    "Shopify token": r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    "DigitalOcean token": r"do[opr]_v1_[a-f0-9]{64}",
    "Databricks token": r"dapi[a-f0-9]{32}",
    "HashiCorp token": r"hv[sbr]\.[A-Za-z0-9_-]{24}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60}",
    "Atlassian token": r"ATATT3[A-Za-z0-9_=-]{60}",
    "Grafana token": r"glsa_[A-Za-z0-9]{32}_[a-f0-9]{8}|glc_[A-Za-z0-9+/]{32}",
    "New Relic key": r"NRAK-[A-Z0-9]{27}",
    "Postman key": r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}",
    "Linear key": r"lin_api_[A-Za-z0-9]{40}",
    "JSON Web Token": r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8}",
    "Azure storage key": r"AccountKey=[A-Za-z0-9+/]{86}==",
}
_ANY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    + "|".join(f"(?P<f{number}>{pattern})" for number, pattern in enumerate(_FORMATS.values()))
    + ")"
)
_KINDS: Final = tuple(_FORMATS)
_IN_URL = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s/?#:@\"'<>]{0,200}:(?P<password>[^\s/?#@\"'<>]{1,400})@")
_PLACEHOLDER = re.compile(
    r"[$%{*]|(?i:(?:your|my)?[_-]?(?:password|passwd|pass|pwd|pw|token|secret)$)|x{3,}$"
)


def known_format(text: str) -> str | None:
    """The kind of the first token in the text whose format is known, or None."""
    return next((kind for _, _, kind in known_spans(text)), None)


def known_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Every token in the text whose format is known, as its begin, its end and its kind; passwords in URLs come last."""
    for match in _ANY.finditer(text):
        if match.lastgroup is not None:
            yield *match.span(), _KINDS[int(match.lastgroup[1:])]
    for found in _IN_URL.finditer(text):
        if _PLACEHOLDER.match(found["password"]) is None:
            yield *found.span("password"), "credentials in a URL"
