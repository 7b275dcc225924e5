"""What the AWS Security Finding Format calls the types of resources."""

from __future__ import annotations

_NAMES = """\
AwsAmazonMqBroker AwsApiGatewayRestApi AwsApiGatewayV2Api AwsAthenaWorkGroup AwsAutoScalingAutoScalingGroup
AwsAutoScalingLaunchConfiguration AwsBackupBackupPlan AwsBackupBackupVault AwsBackupRecoveryPoint
AwsCertificateManagerCertificate AwsCloudFormationStack AwsCloudFrontDistribution AwsCloudTrailTrail AwsCloudWatchAlarm
AwsCodeBuildProject AwsDmsEndpoint AwsDmsReplicationInstance AwsDynamoDbTable AwsEc2Eip AwsEc2Instance
AwsEc2LaunchTemplate AwsEc2NetworkAcl AwsEc2RouteTable AwsEc2SecurityGroup AwsEc2Subnet AwsEc2TransitGateway AwsEc2Volume
AwsEc2Vpc AwsEc2VpcPeeringConnection AwsEcrRepository AwsEcsCluster AwsEcsService AwsEcsTaskDefinition AwsEfsAccessPoint
AwsEksCluster AwsEventsEventbus AwsIamGroup AwsIamRole AwsIamUser AwsKinesisStream AwsKmsKey AwsLambdaFunction
AwsMskCluster AwsOpenSearchServiceDomain AwsRdsDbCluster AwsRdsDbClusterSnapshot AwsRdsDbInstance AwsRdsDbSnapshot
AwsRedshiftCluster AwsRoute53HostedZone AwsS3AccessPoint AwsS3AccountPublicAccessBlock AwsS3Bucket
AwsSageMakerNotebookInstance AwsSecretsManagerSecret AwsSnsTopic AwsSqsQueue AwsWafv2WebAcl
"""
_BY_LETTERS = {name.lower(): name for name in _NAMES.split()}
OF_OTHER_NAME = {
    "AWS::DocDB::DBCluster": "AwsRdsDbCluster",
    "AWS::DocDB::DBClusterSnapshot": "AwsRdsDbClusterSnapshot",
    "AWS::ElasticLoadBalancing::LoadBalancer": "AwsElbLoadBalancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "AwsElbv2LoadBalancer",
    "AWS::IAM::ManagedPolicy": "AwsIamPolicy",
    "AWS::Neptune::DBCluster": "AwsRdsDbCluster",
    "AWS::Neptune::DBClusterSnapshot": "AwsRdsDbClusterSnapshot",
    "AWS::StepFunctions::StateMachine": "AwsStepFunctionStateMachine",
    "AWS::WAFv2::CloudFrontWebACL": "AwsWafv2WebAcl",
}
"""Where its name is not CloudFormation's without the colons."""
OTHER = "Other"


def asff_type(type_name: str) -> str:
    """The format's name for a resource type; ``Other`` where it has none."""
    letters = type_name.replace("::", "").lower()
    return OF_OTHER_NAME.get(type_name) or _BY_LETTERS.get(letters, OTHER)
