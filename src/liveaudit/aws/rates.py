"""How often each service may be called: what AWS publishes, else what is known to go well. Data.

Half of what is published, or less: the account's own programs need the rest. Where the rate is too high, throttling tells,
and the budget gives way.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from liveaudit.aws.budget import Limit

UNPUBLISHED = "not published"
OTHERS = Limit(5, 20, 20, UNPUBLISHED)
"""Of services that are not in the table."""

_CAUTIOUS = [
    "accessanalyzer",
    "account",
    "acm",
    "apigateway",
    "apigatewayv2",
    "athena",
    "autoscaling",
    "backup",
    "cloudformation",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "codebuild",
    "cognito-idp",
    "config",
    "dax",
    "dms",
    "dynamodb",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elb",
    "elbv2",
    "emr",
    "events",
    "firehose",
    "glue",
    "guardduty",
    "inspector2",
    "kafka",
    "kinesis",
    "kms",
    "logs",
    "macie2",
    "mq",
    "opensearch",
    "rds",
    "redshift",
    "route53domains",
    "sagemaker",
    "secretsmanager",
    "securityhub",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "transfer",
    "wafv2",
]
"""Whose rates were looked for by nobody, or are told for single operations only: few calls, and throttling tells."""

RATES: Mapping[str, Limit] = MappingProxyType(
    {
        **dict.fromkeys(_CAUTIOUS, OTHERS),
        "ec2": Limit(
            10,
            20,
            50,
            "describe actions: 100 at once, 20 a second; unfiltered 50 and 10: "
            "docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html",
        ),
        "iam": Limit(10, 20, 30, f"{UNPUBLISHED}; one bucket for the account in all regions"),
        "lambda": Limit(
            5,
            8,
            10,
            "15 a second of all control-plane calls together, but for GetFunction: "
            "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
        ),
        "organizations": Limit(2, 5, 10, f"{UNPUBLISHED}; shared by the whole organization"),
        "route53": Limit(
            2,
            3,
            5,
            "5 a second of the account: docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html",
        ),
        "s3": Limit(20, 100, 60, f"{UNPUBLISHED} for the settings of buckets"),
        "s3control": Limit(5, 20, 20, UNPUBLISHED),
    }
)
"""By botocore's client name. Calls a second at first and at most, and at once after a pause."""

EMULATOR = Limit(1000, 5000, 2000, "no AWS: only its throttling counts")


def limit_of(client: str, *, emulated: bool = False) -> Limit:
    """The limit of a service; ``emulated``: its calls do not go to AWS."""
    return EMULATOR if emulated else RATES.get(client, OTHERS)
