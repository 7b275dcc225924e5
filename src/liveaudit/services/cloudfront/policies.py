"""The policies of CloudFront distributions.

A distribution without a viewer certificate of its own has CloudFront's, for ``*.cloudfront.net``, whose minimum cannot be
chosen. Source of the conditions: FSBP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from liveaudit.model import Resource, Severity, Verdict, failed, not_applicable, passed, unknown
from liveaudit.policies.checks import flag, is_given, member
from liveaudit.policies.shapes import mapping, mappings, rule, text, texts
from liveaudit.policies.tls import WEAK_PROTOCOLS, weakness_of_viewer_policy
from liveaudit.services.cloudfront.resources import bucket_of, distribution

_WHAT = "the distribution"


def _origins(config: Any) -> Sequence[Mapping[str, Any]]:
    return mappings(member(config, "Origins.Items", _WHAT) or [], "the origins")


def _behaviors(config: Any) -> list[Mapping[str, Any]]:
    default = mapping(member(config, "DefaultCacheBehavior", _WHAT), "the default behavior")
    return [default, *mappings(member(config, "CacheBehaviors.Items", _WHAT) or [], "the behaviors")]


def _path(behavior: Mapping[str, Any]) -> str:
    return text(behavior.get("PathPattern", "*"), "a path pattern")


def _is_website(origin: Mapping[str, Any]) -> bool:
    return origin.get("CustomOriginConfig") is not None


@rule(
    distribution,
    "cloudfront_distributions_logging_enabled",
    Severity.MEDIUM,
    title="Distributions log the requests that they take",
    why="Without logs nobody can tell who asked for what, or reconstruct an attack.",
    fix="Turn on standard logging, or a real-time log for every behavior.",
)
def logging_enabled(config: Any, log_deliveries: Any, resource: Resource) -> Verdict:
    """Standard logging of both versions counts, and real-time logs. Source: CIS 7.0, 4.10; FSBP, CloudFront.5."""
    if flag(config, "Logging.Enabled", _WHAT):
        return passed("standard logging is on")
    end = f":distribution/{resource.id}"
    for each in mappings(log_deliveries or [], "the log deliveries"):
        if any(arn.endswith(end) for arn in texts(each.get("resourceArns"), "the sources of logs")):
            return passed("standard logging (v2) is on")
    bare = [_path(each) for each in _behaviors(config) if not each.get("RealtimeLogConfigArn")]
    if not bare:
        return passed("every behavior has a real-time log")
    return failed("there is neither standard logging nor a real-time log", Behaviors=bare)


@rule(
    distribution,
    "cloudfront_distributions_default_root_object",
    Severity.HIGH,
    title="Distributions have a default root object",
    why="Without one a request for the root goes to the origin, which may answer with a list of what it holds.",
    fix="Name a default root object, such as index.html.",
)
def default_root_object(config: Any) -> Verdict:
    """Source: FSBP, CloudFront.1."""
    return is_given(config, "DefaultRootObject", _WHAT)


@rule(
    distribution,
    "cloudfront_distributions_s3_origin_non_existent_bucket",
    Severity.HIGH,
    title="The buckets that origins name exist",
    why="Whoever makes a bucket of that name in an account of their own serves the distribution's visitors.",
    fix="Remove the origin, or make the bucket again in an account of yours.",
)
def s3_origin_non_existent_bucket(config: Any, origin_buckets: Any) -> Verdict:
    """A bucket that may not be looked at may be another account's. Source: FSBP, CloudFront.12."""
    domains = [text(each.get("DomainName"), "an origin's domain name") for each in _origins(config)]
    names = [each for each in domains if bucket_of(each)]
    if not names:
        return not_applicable("no origin is an S3 bucket")
    found = mapping(origin_buckets or {}, "the buckets")
    missing = [name for name in names if name in found and found[name] is None]
    if missing:
        return failed("an origin's bucket does not exist", DomainNames=missing)
    unseen = [name for name in names if name not in found]
    if unseen:
        return unknown(f"the bucket of {unseen[0]} cannot be looked at: it may be another account's")
    return passed("every origin's bucket exists")


@rule(
    distribution,
    "cloudfront_distributions_https_enabled",
    Severity.MEDIUM,
    title="Viewers are served over HTTPS only",
    why="What goes over plain HTTP can be read and changed on the way.",
    fix="Set the viewer protocol policy of every behavior to redirect to HTTPS, or to HTTPS only.",
)
def https_enabled(config: Any) -> Verdict:
    """Source: FSBP, CloudFront.3. The default and every other behavior counts."""
    plain = [
        _path(each)
        for each in _behaviors(config)
        if text(each.get("ViewerProtocolPolicy"), "a viewer protocol policy") == "allow-all"
    ]
    if plain:
        return failed("viewers may use plain HTTP", Behaviors=plain)
    return passed("every behavior asks for HTTPS")


@rule(
    distribution,
    "cloudfront_distributions_origin_traffic_encrypted",
    Severity.MEDIUM,
    title="Distributions fetch from their origins over HTTPS",
    why="What goes between CloudFront and the origin over plain HTTP can be read and changed on the way.",
    fix="Set the origin protocol policy to HTTPS only; with match-viewer, let no behavior take plain HTTP.",
)
def origin_traffic_encrypted(config: Any) -> Verdict:
    """``match-viewer`` is as good as what viewers may use of the origin. Source: FSBP, CloudFront.9."""
    plain_targets = {
        each.get("TargetOriginId")
        for each in _behaviors(config)
        if each.get("ViewerProtocolPolicy") == "allow-all"
    }
    plain = []
    for each in _origins(config):
        custom = each.get("CustomOriginConfig")
        if custom is None:
            continue
        policy = text(
            mapping(custom, "a custom origin").get("OriginProtocolPolicy"), "an origin protocol policy"
        )
        if policy == "http-only" or (policy == "match-viewer" and each.get("Id") in plain_targets):
            plain.append({"Id": each.get("Id"), "OriginProtocolPolicy": policy})
    if plain:
        return failed("an origin is asked over plain HTTP", Origins=plain)
    return passed("no origin is asked over plain HTTP")


@rule(
    distribution,
    "cloudfront_distributions_s3_origin_access_control",
    Severity.MEDIUM,
    title="S3 origins are reached by origin access control",
    why="Without it the bucket has to be open, and can be read past the distribution.",
    fix="Give each S3 origin an origin access control, and let the bucket's policy admit only the distribution.",
)
def s3_origin_access_control(config: Any) -> Verdict:
    """Website endpoints cannot have one: they are custom origins. Source: FSBP, CloudFront.13."""
    origins = [
        each
        for each in _origins(config)
        if bucket_of(text(each.get("DomainName"), "an origin's domain name")) and not _is_website(each)
    ]
    if not origins:
        return not_applicable("no origin is an S3 bucket")
    bare = [each.get("Id") for each in origins if not each.get("OriginAccessControlId")]
    if bare:
        return failed("an S3 origin has no origin access control", Origins=bare)
    return passed("every S3 origin has an origin access control")


@rule(
    distribution,
    "cloudfront_distributions_using_waf",
    Severity.MEDIUM,
    title="Distributions stand behind a web ACL",
    why="Without AWS WAF every request, an attack on the application too, reaches the origins.",
    fix="Associate a web ACL of AWS WAF with the distribution.",
)
def using_waf(config: Any) -> Verdict:
    """Source: FSBP, CloudFront.6."""
    return is_given(config, "WebACLId", _WHAT)


@rule(
    distribution,
    "cloudfront_distributions_min_tls_12",
    Severity.MEDIUM,
    title="Viewers have to use TLS 1.2 or later, with the ciphers that AWS recommends",
    why="Older protocols and ciphers let others read what was recorded.",
    fix="With a certificate of your own, choose TLSv1.2_2021 or later as the security policy.",
)
def min_tls_12(config: Any) -> Verdict:
    """CloudFront's own certificate takes TLSv1, whatever stands beside it. Source: FSBP, CloudFront.15."""
    certificate = mapping(member(config, "ViewerCertificate", _WHAT) or {}, "the viewer certificate")
    own = flag(certificate, "CloudFrontDefaultCertificate", "the viewer certificate")
    if own or not certificate:
        return failed(
            "the distribution has CloudFront's own certificate, with which TLSv1 is taken",
            CloudFrontDefaultCertificate=True,
        )
    name = text(certificate.get("MinimumProtocolVersion"), "the minimum protocol version")
    weakness = weakness_of_viewer_policy(name)
    if weakness is None:
        return unknown(f"what {name} takes is not known")
    if weakness:
        return failed(f"{name} {weakness}", MinimumProtocolVersion=name)
    return passed(f"the minimum protocol version is {name}")


@rule(
    distribution,
    "cloudfront_distributions_using_deprecated_ssl_protocols",
    Severity.LOW,
    title="Custom origins are asked with TLS 1.2 only",
    why="SSLv3, TLS 1.0 and 1.1 are retired, because what they protect can be read.",
    fix="Leave only TLSv1.2 among the origin's SSL protocols.",
)
def using_deprecated_ssl_protocols(config: Any) -> Verdict:
    """Where an origin is only asked over HTTP its protocols bear on nothing. Source: FSBP, CloudFront.10."""
    weak = []
    for each in _origins(config):
        custom = mapping(each.get("CustomOriginConfig") or {}, "a custom origin")
        if not custom or custom.get("OriginProtocolPolicy") == "http-only":
            continue
        protocols = texts(member(custom, "OriginSslProtocols.Items", "a custom origin") or [], "protocols")
        if retired := sorted(WEAK_PROTOCOLS & set(protocols)):
            weak.append({"Id": each.get("Id"), "OriginSslProtocols": retired})
    if weak:
        return failed("an origin may be asked with a retired protocol", Origins=weak)
    return passed("no origin is asked with a retired protocol")
