"""CloudFront: its table and its policies."""

from __future__ import annotations

from typing import Any

import pytest

from liveaudit.model import Outcome
from liveaudit.services.cloudfront.resources import bucket_of, without_header_values
from tests.support.told import recorded, told, what
from tests.unit.services.conftest import Judged

PASS, FAIL, NOT_APPLICABLE, UNKNOWN = (
    Outcome.PASS,
    Outcome.FAIL,
    Outcome.NOT_APPLICABLE,
    Outcome.UNKNOWN,
)
SOURCE = "cloudfront.amazonaws.com"
TYPE = "AWS::CloudFront::Distribution"
PRE = "cloudfront_distributions_"
ID = "E53370FUHBNLK"


def config(*origins: dict[str, Any], default: Any = None, behaviors: Any = (), **more: Any) -> dict[str, Any]:
    return {
        "Origins": {"Quantity": len(origins), "Items": list(origins)},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"}
        | (default or {}),
        "CacheBehaviors": {"Quantity": len(behaviors), "Items": list(behaviors)},
        **more,
    }


def s3(domain: str = "web.s3.eu-west-1.amazonaws.com", **more: Any) -> dict[str, Any]:
    return {"Id": "o", "DomainName": domain, "S3OriginConfig": {"OriginAccessIdentity": ""}, **more}


def custom(
    policy: str = "https-only", *protocols: str, domain: str = "www.example.com", name: str = "o"
) -> dict[str, Any]:
    settings = {
        "OriginProtocolPolicy": policy,
        "OriginSslProtocols": {"Quantity": len(protocols), "Items": list(protocols)},
    }
    return {"Id": name, "DomainName": domain, "CustomOriginConfig": settings}


ALL = {"ViewerProtocolPolicy": "allow-all"}
REDIRECT = {"ViewerProtocolPolicy": "redirect-to-https"}
LOGGED = {"RealtimeLogConfigArn": "arn:aws:cloudfront::111122223333:realtime-log-config/r"}
OWN = {"ACMCertificateArn": "c", "CloudFrontDefaultCertificate": False}


@pytest.mark.parametrize(
    ("policy", "found", "outcome"),
    [
        ("default_root_object", config(DefaultRootObject="index.html"), PASS),
        ("default_root_object", config(DefaultRootObject=""), FAIL),
        ("default_root_object", config(), FAIL),
        ("https_enabled", config(default=REDIRECT), PASS),
        ("https_enabled", config(), PASS),
        ("https_enabled", config(default=ALL), FAIL),
        # Another behavior than the default counts too. (Prowler looks at the default only.)
        ("https_enabled", config(behaviors=[{"PathPattern": "/img/*", **ALL}]), FAIL),
        ("origin_traffic_encrypted", config(custom("https-only")), PASS),
        ("origin_traffic_encrypted", config(custom("http-only")), FAIL),
        ("origin_traffic_encrypted", config(custom("match-viewer")), PASS),
        ("origin_traffic_encrypted", config(custom("match-viewer"), default=ALL), FAIL),
        # Plain HTTP is let in for another origin only.
        (
            "origin_traffic_encrypted",
            config(
                custom("match-viewer"),
                custom("https-only", name="other"),
                behaviors=[{"PathPattern": "/x", "TargetOriginId": "other", **ALL}],
            ),
            PASS,
        ),
        ("origin_traffic_encrypted", config(s3()), PASS),
        ("s3_origin_access_control", config(s3(OriginAccessControlId="E1")), PASS),
        ("s3_origin_access_control", config(s3(OriginAccessControlId="")), FAIL),
        ("s3_origin_access_control", config(s3()), FAIL),
        ("s3_origin_access_control", config(custom()), NOT_APPLICABLE),
        (
            "s3_origin_access_control",
            config(custom(domain="web.s3-website-eu-west-1.amazonaws.com")),
            NOT_APPLICABLE,
        ),
        ("using_waf", config(WebACLId="arn:aws:wafv2:x"), PASS),
        ("using_waf", config(WebACLId=""), FAIL),
        ("min_tls_12", config(ViewerCertificate={**OWN, "MinimumProtocolVersion": "TLSv1.2_2021"}), PASS),
        ("min_tls_12", config(ViewerCertificate={**OWN, "MinimumProtocolVersion": "TLSv1.3_2025"}), PASS),
        ("min_tls_12", config(ViewerCertificate={**OWN, "MinimumProtocolVersion": "TLSv1.2_2019"}), FAIL),
        ("min_tls_12", config(ViewerCertificate={**OWN, "MinimumProtocolVersion": "TLSv1"}), FAIL),
        ("min_tls_12", config(ViewerCertificate={**OWN, "MinimumProtocolVersion": "TLSv9"}), UNKNOWN),
        (
            "min_tls_12",
            config(
                ViewerCertificate={
                    "CloudFrontDefaultCertificate": True,
                    "MinimumProtocolVersion": "TLSv1.2_2021",
                }
            ),
            FAIL,
        ),
        ("min_tls_12", config(), FAIL),
        ("using_deprecated_ssl_protocols", config(custom("https-only", "TLSv1.2")), PASS),
        ("using_deprecated_ssl_protocols", config(custom("https-only", "TLSv1.2", "TLSv1")), FAIL),
        ("using_deprecated_ssl_protocols", config(custom("match-viewer", "SSLv3")), FAIL),
        ("using_deprecated_ssl_protocols", config(custom("http-only", "SSLv3")), PASS),
        ("using_deprecated_ssl_protocols", config(s3()), PASS),
    ],
)
def test_configurations(judged: Judged, policy: str, found: dict[str, Any], outcome: Outcome) -> None:
    assert judged(f"{PRE}{policy}", config=found).outcome == outcome


DELIVERY = {"resourceArns": [f"arn:aws:cloudfront::111122223333:distribution/{ID}"], "logType": "ACCESS_LOGS"}
OTHER = {"resourceArns": ["arn:aws:cloudfront::111122223333:distribution/EOTHER"], "logType": "ACCESS_LOGS"}
ON, OFF = {"Enabled": True}, {"Enabled": False}


@pytest.mark.parametrize(
    ("found", "deliveries", "outcome"),
    [
        (config(Logging=ON), [], PASS),
        (config(Logging=OFF), [], FAIL),
        (config(Logging=OFF), None, FAIL),
        (config(), [DELIVERY], PASS),
        (config(), [OTHER], FAIL),
        (config(default=LOGGED), [], PASS),
        (config(default=LOGGED, behaviors=[{"PathPattern": "/x"}]), [], FAIL),
        (config(default=LOGGED, behaviors=[{"PathPattern": "/x", **LOGGED}]), [], PASS),
    ],
)
def test_logging(judged: Judged, found: Any, deliveries: Any, outcome: Outcome) -> None:
    verdict = judged(f"{PRE}logging_enabled", resource_id=ID, config=found, log_deliveries=deliveries)
    assert verdict.outcome == outcome


WEB = "web.s3.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("found", "origin_buckets", "outcome"),
    [
        (config(s3()), {WEB: {"Exists": True}}, PASS),
        (config(s3()), {WEB: None}, FAIL),
        # S3 does not let us look: the bucket is there, but whose it is cannot be told.
        (config(s3()), {}, UNKNOWN),
        (config(custom()), {}, NOT_APPLICABLE),
        (
            config(custom(domain="web.s3-website-eu-west-1.amazonaws.com")),
            {"web.s3-website-eu-west-1.amazonaws.com": None},
            FAIL,
        ),
    ],
)
def test_buckets(judged: Judged, found: Any, origin_buckets: Any, outcome: Outcome) -> None:
    policy = f"{PRE}s3_origin_non_existent_bucket"
    assert judged(policy, config=found, origin_buckets=origin_buckets).outcome == outcome


@pytest.mark.parametrize(
    ("domain", "bucket"),
    [
        ("web.s3.amazonaws.com", "web"),
        ("a.b.s3.eu-west-1.amazonaws.com", "a.b"),
        ("web.s3-eu-west-1.amazonaws.com", "web"),
        ("web.s3.dualstack.eu-west-1.amazonaws.com", "web"),
        ("web.s3-website-eu-west-1.amazonaws.com", "web"),
        ("web.s3-website.eu-central-1.amazonaws.com", "web"),
        ("web.s3.cn-north-1.amazonaws.com.cn", "web"),
        ("point-111122223333.s3-accesspoint.eu-west-1.amazonaws.com", None),
        ("www.example.com", None),
        ("web.s3.example.com", None),
    ],
)
def test_the_bucket_behind_a_domain_name(domain: str, bucket: str | None) -> None:
    assert bucket_of(domain) == bucket


def test_values_of_headers_are_not_kept() -> None:
    header = {"HeaderName": "X-Secret", "HeaderValue": "hunter2"}
    origin = {"Id": "o", "CustomHeaders": {"Quantity": 1, "Items": [header]}}
    kept = without_header_values({"Origins": {"Quantity": 1, "Items": [origin]}})
    assert "hunter2" not in str(kept)
    assert kept["Origins"]["Items"] == [{"Id": "o", "CustomHeaders": ["X-Secret"]}]


@pytest.mark.parametrize(
    ("policy", "sections"),
    [
        ("default_root_object", {"config": {"DefaultRootObject": 7}}),
        ("https_enabled", {"config": {"DefaultCacheBehavior": {}}}),
        ("origin_traffic_encrypted", {"config": {"DefaultCacheBehavior": None}}),
        ("s3_origin_access_control", {"config": {"Origins": {"Items": [{}]}}}),
        ("using_waf", {"config": []}),
        ("min_tls_12", {"config": {"ViewerCertificate": "mine"}}),
        ("using_deprecated_ssl_protocols", {"config": {"Origins": []}}),
        ("logging_enabled", {"config": {"Logging": {"Enabled": "yes"}}}),
        ("s3_origin_non_existent_bucket", {"config": {"Origins": {"Items": "many"}}}),
    ],
)
def test_answers_of_another_shape(judged: Judged, policy: str, sections: dict[str, Any]) -> None:
    assert judged(f"{PRE}{policy}", odd=True, **sections).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("name", "request_parameters", "response"),
    [
        ("CreateDistribution", {"distributionConfig": {}}, {"distribution": {"id": ID}}),
        ("CreateDistribution2020_05_31", {"distributionConfig": {}}, {"distribution": {"id": ID}}),
        ("CreateDistributionWithTags", {}, {"distribution": {"id": ID}}),
        ("UpdateDistribution", {"id": ID}, {"distribution": {"id": ID}}),
        ("AssociateDistributionWebACL", {"id": ID, "webACLArn": "w"}, None),
        ("DeleteDistribution", {"id": ID}, None),
    ],
)
def test_who_is_meant(name: str, request_parameters: Any, response: Any) -> None:
    assert what(told(SOURCE, name, request_parameters, response)) == {(TYPE, ID)}


def test_what_was_recorded() -> None:
    unplaced, placed = recorded(SOURCE)
    assert unplaced == []
    assert placed
