"""The policies of CloudFront by real calls in the lab."""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab
PRE = "cloudfront_distributions_"


def config(*, good: bool) -> dict[str, Any]:
    """A distribution's configuration with a custom origin, bad or good in all ways."""
    protocols = ["TLSv1.2"] if good else ["SSLv3", "TLSv1.2"]
    custom = {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": "https-only" if good else "match-viewer",
        "OriginSslProtocols": {"Quantity": len(protocols), "Items": protocols},
    }
    certificate: dict[str, Any] = {"CloudFrontDefaultCertificate": True}
    if good:
        certificate = {
            "CloudFrontDefaultCertificate": False,
            "ACMCertificateArn": "arn:aws:acm:us-east-1:111111111111:certificate/c",
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }
    return {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "DefaultRootObject": "index.html" if good else "",
        "Origins": {
            "Quantity": 1,
            "Items": [{"Id": "o", "DomainName": "www.example.com", "CustomOriginConfig": custom}],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "o",
            "ViewerProtocolPolicy": "redirect-to-https" if good else "allow-all",
        },
        "ViewerCertificate": certificate,
        "WebACLId": "arn:aws:wafv2:us-east-1:111111111111:global/webacl/w/1" if good else "",
        "Logging": {
            "Enabled": good,
            "IncludeCookies": False,
            "Bucket": "logs.s3.amazonaws.com" if good else "",
            "Prefix": "",
        },
    }


def test_a_distribution(live: Live) -> None:
    cloudfront = live.client("cloudfront")
    made = cloudfront.create_distribution(DistributionConfig=config(good=False))
    name = made["Distribution"]["Id"]
    policies = (
        "logging_enabled",
        "default_root_object",
        "https_enabled",
        "origin_traffic_encrypted",
        "using_waf",
        "min_tls_12",
        "using_deprecated_ssl_protocols",
    )
    for policy in policies:
        live.opens(f"{PRE}{policy}", name)
    live.verdict(f"{PRE}s3_origin_access_control", name, "NOT_APPLICABLE")
    cloudfront.update_distribution(Id=name, IfMatch=made["ETag"], DistributionConfig=config(good=True))
    for policy in policies:
        live.resolves(f"{PRE}{policy}", name)


def test_an_origin_whose_bucket_is_not_there(live: Live) -> None:
    cloudfront, s3 = live.client("cloudfront"), live.client("s3")
    wanted = config(good=True)
    origin = {"Id": "o", "DomainName": "gone-with-it.s3.amazonaws.com"}
    origin["CustomOriginConfig"] = wanted["Origins"]["Items"][0]["CustomOriginConfig"]
    wanted |= {"CallerReference": "two", "Origins": {"Quantity": 1, "Items": [origin]}}
    made = cloudfront.create_distribution(DistributionConfig=wanted)
    name = made["Distribution"]["Id"]
    live.opens(f"{PRE}s3_origin_non_existent_bucket", name)
    s3.create_bucket(Bucket="gone-with-it")
    wanted["Comment"] = "the bucket is there again"
    cloudfront.update_distribution(Id=name, IfMatch=made["ETag"], DistributionConfig=wanted)
    live.resolves(f"{PRE}s3_origin_non_existent_bucket", name)
