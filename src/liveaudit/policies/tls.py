"""Which protocols and named security policies of TLS are weak.

Sources, as of November 2026: Elastic Load Balancing user guides, "Security policies for your Application (Network) Load
Balancer"; CloudFront developer guide, "Supported protocols and ciphers between viewers and CloudFront"; OpenSearch Service
API reference, "DomainEndpointOptions". The versions: RFC 8996 retires TLS 1.0 and 1.1, RFC 7568 retires SSLv3.
"""

from __future__ import annotations

import re

WEAK_PROTOCOLS = frozenset({"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"})
"""The protocols, as AWS names them, that are retired."""

DOMAINS_TLS_1_2 = frozenset(
    {
        "Policy-Min-TLS-1-2-2019-07",
        "Policy-Min-TLS-1-2-PFS-2023-10",
        "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08",
        "Policy-Min-TLS-1-2-FIPS-PQ-2026-10",
    }
)
"""Security policies of OpenSearch domains that take TLS 1.2 at least."""

_LOAD_BALANCER = re.compile(
    r"ELBSecurityPolicy-(?:TLS13-1-(?P<new>\d)|(?P<fs>FS-)1-(?P<forward>\d)|TLS-1-(?P<old>\d))"
    r"(?:-(?P<ciphers>Ext\d?|Res))?(?:-FIPS)?(?:-PQ)?-20\d\d-\d\d"
)
_LOAD_BALANCER_FIRST = re.compile(r"ELBSecurityPolicy-(?:FS-)?20\d\d-\d\d")
_VIEWER = re.compile(r"TLSv1\.(?P<minor>\d)_(?P<year>20\d\d)")
_VIEWER_WEAK = frozenset({"SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016"})
_VIEWER_YEAR = 2021


def weakness_of_listener_policy(name: str) -> str | None:
    """What is weak about a security policy of a load balancer's listener; empty: nothing; None: the name tells nothing.

    The names tell it: ``TLS13-1-2`` takes TLS 1.2 and 1.3, ``Ext...`` adds older ciphers, ``Res`` leaves some out. Good is
    what takes only TLS 1.2 or later with ciphers of forward secrecy and without SHA-1, as FSBP's ELB.17 asks for.
    """
    if _LOAD_BALANCER_FIRST.fullmatch(name):
        return "takes TLS 1.0 and 1.1"
    found = _LOAD_BALANCER.fullmatch(name)
    if found is None:
        return None
    least = int(found["new"] or found["forward"] or found["old"])
    if least < 2:
        return f"takes TLS 1.{least}"
    if found["old"]:
        return "takes ciphers without forward secrecy"
    if (found["ciphers"] or "").startswith("Ext"):
        return "takes older ciphers, with SHA-1 or without forward secrecy"
    if found["fs"] and found["ciphers"] is None:
        return "takes ciphers with SHA-1"
    return ""


def weakness_of_viewer_policy(name: str) -> str | None:
    """What is weak about a distribution's minimum protocol version; empty: nothing; None: the name tells nothing.

    Good is ``TLSv1.2_2021`` and what came after it, as FSBP's CloudFront.15 asks for.
    """
    if name in _VIEWER_WEAK:
        return "takes TLS 1.1 and earlier" if name != "TLSv1.1_2016" else "takes TLS 1.1"
    found = _VIEWER.fullmatch(name)
    if found is None:
        return None
    if int(found["minor"]) >= 3 or int(found["year"]) >= _VIEWER_YEAR:
        return ""
    return "takes ciphers that AWS recommends no longer"
