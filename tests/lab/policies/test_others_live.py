"""The policies of EMR, MSK, MQ, DMS, Cognito and Transfer Family by real calls in the lab.

What moto cannot change is made in both states; its second version of MSK's CreateCluster drops most of a cluster.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.lab.policies.conftest import Live

pytestmark = pytest.mark.lab


def test_emr(live: Live) -> None:
    emr: Any = live.client("emr")
    block = "emr_cluster_account_public_block_enabled"
    # moto takes the switch for on, whatever is said
    for port, judge in ((8443, live.opens), (22, live.resolves)):
        emr.put_block_public_access_configuration(
            BlockPublicAccessConfiguration={
                "BlockPublicSecurityGroupRules": True,
                "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": port, "MaxRange": port}],
            }
        )
        judge(block, live.region)
    cluster = emr.run_job_flow(
        Name="spark",
        Instances={
            "KeepJobFlowAliveWhenNoSteps": True,
            "InstanceCount": 1,
            "MasterInstanceType": "m5.xlarge",
        },
        JobFlowRole="EMR_EC2_DefaultRole",
        ServiceRole="EMR_DefaultRole",
    )["JobFlowId"]
    live.opens("emr_cluster_master_nodes_no_public_ip", cluster)
    emr.terminate_job_flows(JobFlowIds=[cluster])
    live.archives("emr_cluster_master_nodes_no_public_ip", cluster)


def test_kafka(live: Live) -> None:
    kafka: Any = live.client("kafka")
    policies = (
        "kafka_cluster_is_public",
        "kafka_cluster_unrestricted_access_disabled",
        "kafka_cluster_in_transit_encryption_enabled",
    )

    def made(name: str, access: str, open_: bool, clients: str) -> str:
        arn: str = kafka.create_cluster(
            ClusterName=name,
            BrokerNodeGroupInfo={
                "ClientSubnets": ["subnet-1"],
                "InstanceType": "kafka.m7g.large",
                "ConnectivityInfo": {"PublicAccess": {"Type": access}},
            },
            ClientAuthentication={
                "Unauthenticated": {"Enabled": open_},
                "Sasl": {"Iam": {"Enabled": True}},
            },
            EncryptionInfo={"EncryptionInTransit": {"ClientBroker": clients, "InCluster": True}},
            KafkaVersion="3.8.x",
            NumberOfBrokerNodes=3,
        )["ClusterArn"]
        return arn

    arn = made("open", "SERVICE_PROVIDED_EIPS", True, "TLS_PLAINTEXT")
    for policy in policies:
        live.opens(policy, arn.partition("cluster/")[2])
    closed = made("closed", "DISABLED", False, "TLS").partition("cluster/")[2]
    for policy in policies:
        live.verdict(policy, closed, "PASS")


def test_a_broker(live: Live) -> None:
    mq: Any = live.client("mq")
    broker = mq.create_broker(
        BrokerName="orders",
        EngineType="ActiveMQ",
        DeploymentMode="SINGLE_INSTANCE",
        HostInstanceType="mq.m5.large",
        PubliclyAccessible=True,
        AutoMinorVersionUpgrade=True,
        EngineVersion="5.18",
        Users=[{"Username": "admin", "Password": "hunter2hunter2"}],
    )["BrokerId"]
    live.opens("mq_broker_not_publicly_accessible", broker)
    mq.delete_broker(BrokerId=broker)
    live.archives("mq_broker_not_publicly_accessible", broker)


def test_a_migration(live: Live) -> None:
    dms: Any = live.client("dms")
    arn = dms.create_replication_instance(
        ReplicationInstanceIdentifier="r",
        ReplicationInstanceClass="dms.t3.medium",
        PubliclyAccessible=True,
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    live.opens("dms_instance_no_public_access", arn)
    endpoint = dms.create_endpoint(
        EndpointIdentifier="e", EndpointType="source", EngineName="mysql", SslMode="none"
    )["Endpoint"]["EndpointArn"]
    live.opens("dms_endpoint_ssl_enabled", endpoint)
    dms.delete_replication_instance(ReplicationInstanceArn=arn)
    live.archives("dms_instance_no_public_access", arn)
    dms.delete_endpoint(EndpointArn=endpoint)
    live.archives("dms_endpoint_ssl_enabled", endpoint)


def test_a_user_pool(live: Live) -> None:
    cognito: Any = live.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="shop")["UserPool"]["Id"]
    live.opens("cognito_user_pool_mfa_enabled", pool)
    live.opens("cognito_user_pool_advanced_security_enabled", pool)
    cognito.update_user_pool(UserPoolId=pool, UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    live.resolves("cognito_user_pool_advanced_security_enabled", pool)
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    live.resolves("cognito_user_pool_mfa_enabled", pool)


def test_a_server(live: Live) -> None:
    transfer: Any = live.client("transfer")
    server = transfer.create_server(Protocols=["FTP"])["ServerId"]
    live.opens("transfer_server_in_transit_encryption_enabled", server)
    other = transfer.create_server(Protocols=["SFTP"])["ServerId"]
    live.verdict("transfer_server_in_transit_encryption_enabled", other, "PASS")
