"""Every fix by real calls in the lab: run as the role that its documents make, the verdict after it, taken back."""

from __future__ import annotations

import asyncio
import io
import json
import os
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from liveaudit.assembly import Parts, make_parts
from liveaudit.aws.caller import AwsCaller
from liveaudit.cli.main import app
from liveaudit.demo.owner import make_documents
from liveaudit.fix.plan import Known, Plan, plan_of
from liveaudit.fix.run import Fixer
from liveaudit.fix.table import FIXES
from liveaudit.fixing import Mending, fix_caller_of, make_fixer
from liveaudit.lab import Lab
from liveaudit.model import GLOBAL_REGION, Cause, Resource
from liveaudit.policies.policy import Context
from liveaudit.provision.documents import documents
from liveaudit.provision.resolve import declared
from liveaudit.settings import load, parse
from liveaudit.settings.followed import Followed
from liveaudit.store import audit_log, fixes, work
from liveaudit.store.audit_log import Entry
from liveaudit.store.database import Database, sqlite_url
from liveaudit.store.findings import Filter, list_findings
from liveaudit.store.fixes import Fixing, FixRefusedError, State
from tests.lab.conftest import RECEIVER

pytestmark = pytest.mark.lab
REGION = "us-east-1"
ROLE = "liveaudit-fixes"
PLAIN = {
    "receiver": RECEIVER,
    "accounts": [{"id": RECEIVER}],
    "regions": [REGION],
    "external_id": "a-word",
}
SETTINGS = parse({**PLAIN, "fixes": {"role": ROLE, "per_hour": 1000}}, "the test")
ANN = Entry("ann", "fix.run", "")
PASSWORD = "iam_password_policy_"
NOT_BACK = {"kms_cmk_not_deleted_unintentionally", "cloudtrail_trail_logging_stopped"}


class World:
    """The account with all that needs mending, and what mends it. ``names``: the id of the resource of each type."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab = lab
        self.database = Database(sqlite_url(folder / "fixes.sqlite3"))
        self.loop = asyncio.new_event_loop()
        self.reading = AwsCaller()
        self.fixing = fix_caller_of(SETTINGS)
        self.parts: Parts = make_parts(self.database, self.reading, Context(frozenset({RECEIVER})))
        self.fixer: Fixer = make_fixer(
            SETTINGS,
            self.database,
            self.parts.catalog,
            self.reading,
            self.fixing,
            self.parts.clock,
            audit=self._audit,
        )
        self.fixer.looks = (0.0,)
        self.known = Known(self.parts.catalog, self.parts.policies)

    def client(self, service: str) -> Any:
        return self.lab.client(RECEIVER, service, REGION)

    async def _audit(self, cause: str) -> None:
        await self.parts.auditor.audit(await self.parts.auditor.claim(50, only=[cause]))

    def audit(self, resource: Resource) -> None:
        arn = self.parts.catalog.arn(resource)
        due = work.Due(resource, arn, Cause("sweep:test", "sweep"))
        self.database.write_now(lambda c: work.add_due(c, [due], self.parts.clock()))
        self.loop.run_until_complete(self._audit("sweep:test"))

    def finding(self, policy: str, resource: Resource) -> dict[str, Any]:
        wanted = Filter(policy=policy, resource=resource.id)
        found = self.database.read_now(lambda c: list_findings(c, wanted))
        assert found, f"{policy} opened nothing on {resource.id}"
        return found[0]

    def plan(self, policy: str, resource: Resource) -> Plan:
        finding = self.finding(policy, resource)["id"]
        return self.database.read_now(
            partial(plan_of, finding_id=finding, known=self.known, now=self.parts.clock())
        )

    def run(self, plan: Plan) -> Fixing:
        return self.loop.run_until_complete(self._settled(plan))

    async def _settled(self, plan: Plan) -> Fixing:
        return await self.fixer.settle(await self.fixer.run(plan, ANN))

    def undo(self, fixing: Fixing, *, anyway: bool = False) -> Fixing:
        async def taken_back() -> Fixing:
            return await self.fixer.settle(await self.fixer.undo(fixing, ANN, anyway=anyway))

        return self.loop.run_until_complete(taken_back())

    def again(self, fixing: Fixing) -> Fixing:
        (found,) = self.database.read_now(lambda c: fixes.get(c, fixing.id))
        return found

    def close(self) -> None:
        async def closing() -> None:
            await self.parts.aclose()
            await self.reading.close()
            await self.fixing.close()

        self.loop.run_until_complete(closing())
        self.loop.close()
        self.database.close()


@pytest.fixture(scope="module")
def world(running_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    running_lab.reset()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in running_lab.environment(RECEIVER, REGION).items():
            patch.setenv(name, value)
        assert os.environ["AWS_ACCESS_KEY_ID"]
        made = World(running_lab, tmp_path_factory.mktemp("fixes"))
        make_documents(
            running_lab.client,
            documents(declared(SETTINGS), made.parts.catalog, made.parts.policies),
        )
        yield made
        made.close()
    failures = running_lab.state()["failures"]
    running_lab.reset()
    assert not failures, f"the lab itself failed: {failures}"


def here(type_name: str, name: str, region: str = REGION) -> Resource:
    return Resource("aws", RECEIVER, region, type_name, name)


def a_bucket(world: World) -> Resource:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="open")
    s3.delete_public_access_block(Bucket="open")
    s3.put_bucket_ownership_controls(
        Bucket="open", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    return here("AWS::S3::Bucket", "open")


OPEN = {
    "IpProtocol": "tcp",
    "FromPort": 22,
    "ToPort": 22,
    "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "for a day"}],
}


def a_group_named(world: World, name: str) -> Resource:
    ec2 = world.client("ec2")
    group = str(ec2.create_security_group(GroupName=name, Description="for a test")["GroupId"])
    inside = {**OPEN, "IpRanges": [{"CidrIp": "10.1.0.0/16"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[OPEN, inside])
    return here("AWS::EC2::SecurityGroup", group)


def a_group(world: World) -> Resource:
    return a_group_named(world, "open")


def the_default_group(world: World) -> Resource:
    vpc = world.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    found = world.client("ec2").describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    )
    return here("AWS::EC2::SecurityGroup", found["SecurityGroups"][0]["GroupId"])


def a_snapshot(world: World) -> Resource:
    ec2 = world.client("ec2")
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
    snapshot = str(ec2.create_snapshot(VolumeId=volume)["SnapshotId"])
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    return here("AWS::EC2::Snapshot", snapshot)


def an_instance(world: World) -> Resource:
    made = world.client("ec2").run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, MetadataOptions={"HttpTokens": "optional"}
    )
    return here("AWS::EC2::Instance", made["Instances"][0]["InstanceId"])


def an_image(world: World) -> Resource:
    ec2 = world.client("ec2")
    image = str(ec2.create_image(InstanceId=an_instance(world).id, Name="shared")["ImageId"])
    ec2.modify_image_attribute(ImageId=image, LaunchPermission={"Add": [{"Group": "all"}]})
    return here("AWS::EC2::Image", image)


def a_subnet(world: World) -> Resource:
    found = world.client("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])
    return here("AWS::EC2::Subnet", found["Subnets"][0]["SubnetId"])


def a_database(world: World) -> Resource:
    world.client("rds").create_db_instance(
        DBInstanceIdentifier="shop",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
        PubliclyAccessible=True,
        AutoMinorVersionUpgrade=False,
        DeletionProtection=False,
    )
    return here("AWS::RDS::DBInstance", "shop")


def a_cluster(world: World) -> Resource:
    world.client("rds").create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-postgresql",
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
    )
    return here("AWS::RDS::DBCluster", "orders")


def a_table(world: World) -> Resource:
    world.client("dynamodb").create_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return here("AWS::DynamoDB::Table", "orders")


def the_account(_world: World) -> Resource:
    return here("AWS::IAM::Account", RECEIVER, GLOBAL_REGION)


def a_user(world: World) -> Resource:
    world.client("iam").create_user(UserName="rob")
    world.client("iam").create_access_key(UserName="rob")
    # seen from two months on, nobody has used the key
    world.parts.auditor.clock = lambda: world.parts.clock() + 60 * 86_400
    return here("AWS::IAM::User", "rob", GLOBAL_REGION)


def a_key(world: World) -> Resource:
    return here("AWS::KMS::Key", world.client("kms").create_key()["KeyMetadata"]["KeyId"])


def a_dying_key(world: World) -> Resource:
    key = a_key(world)
    world.client("kms").schedule_key_deletion(KeyId=key.id)
    return key


def a_trail(world: World) -> Resource:
    world.client("s3").create_bucket(Bucket="trail-logs")
    world.client("cloudtrail").create_trail(Name="all", S3BucketName="trail-logs")
    return here("AWS::CloudTrail::Trail", "all")


def a_repository(world: World) -> Resource:
    world.client("ecr").create_repository(repositoryName="shop/web")
    return here("AWS::ECR::Repository", "shop/web")


def a_function(world: World) -> Resource:
    trust = {"Version": "2012-10-17", "Statement": []}
    role = world.client("iam").create_role(RoleName="hello", AssumeRolePolicyDocument=json.dumps(trust))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): ...")
    functions = world.client("lambda")
    functions.create_function(
        FunctionName="hello",
        Runtime="python3.13",
        Handler="main.handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": packed.getvalue()},
    )
    functions.create_function_url_config(FunctionName="hello", AuthType="NONE")
    return here("AWS::Lambda::Function", "hello")


def a_queue(world: World) -> Resource:
    world.client("sqs").create_queue(QueueName="orders", Attributes={"SqsManagedSseEnabled": "false"})
    return here("AWS::SQS::Queue", "orders")


def a_balancer(world: World) -> Resource:
    subnets = [each["SubnetId"] for each in world.client("ec2").describe_subnets()["Subnets"]][:2]
    made = world.client("elbv2").create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]
    return here(
        "AWS::ElasticLoadBalancingV2::LoadBalancer", made["LoadBalancerArn"].split("loadbalancer/")[1]
    )


def the_region(world: World) -> Resource:
    world.client("ec2").disable_image_block_public_access()
    return here("AWS::EC2::RegionSettings", REGION)


CASES = [
    (
        a_bucket,
        "s3_bucket_level_public_access_block",
        "s3_bucket_secure_transport_policy",
        "s3_bucket_acl_prohibited",
        "s3_bucket_object_versioning",
    ),
    (
        lambda _world: here("AWS::S3::AccountPublicAccessBlock", RECEIVER, GLOBAL_REGION),
        "s3_account_level_public_access_blocks",
    ),
    (
        the_region,
        "ec2_ebs_default_encryption",
        "ec2_ebs_snapshot_account_block_public_access",
        "ec2_ami_account_block_public_access",
        "ec2_instance_account_imdsv2_enabled",
    ),
    (a_group, "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22"),
    (the_default_group, "ec2_securitygroup_default_restrict_traffic"),
    (a_snapshot, "ec2_ebs_public_snapshot"),
    (an_image, "ec2_ami_public"),
    (an_instance, "ec2_instance_imdsv2_enabled"),
    (a_subnet, "vpc_subnet_no_public_ip_by_default"),
    (
        a_database,
        "rds_instance_no_public_access",
        "rds_instance_deletion_protection",
        "rds_instance_minor_version_upgrade_enabled",
        "rds_instance_copy_tags_to_snapshots",
    ),
    (a_cluster, "rds_cluster_deletion_protection"),
    (a_table, "dynamodb_table_deletion_protection_enabled", "dynamodb_tables_pitr_enabled"),
    (
        the_account,
        f"{PASSWORD}minimum_length_14",
        f"{PASSWORD}reuse_24",
        f"{PASSWORD}expires_passwords_within_90_days_or_less",
        f"{PASSWORD}uppercase",
        f"{PASSWORD}lowercase",
        f"{PASSWORD}symbol",
        f"{PASSWORD}number",
    ),
    (a_user, "iam_user_accesskey_unused"),
    (a_key, "kms_cmk_rotation_enabled"),
    (a_dying_key, "kms_cmk_not_deleted_unintentionally"),
    (a_trail, "cloudtrail_trail_logging_stopped", "cloudtrail_log_file_validation_enabled"),
    (a_repository, "ecr_repositories_scan_images_on_push_enabled", "ecr_repositories_tag_immutability"),
    (a_function, "awslambda_function_url_public"),
    (a_queue, "sqs_queues_server_side_encryption_enabled"),
    (a_balancer, "elbv2_deletion_protection", "elbv2_alb_drop_invalid_header_fields_enabled"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[1])
def test_it_mends_and_can_be_taken_back(world: World, case: Any) -> None:
    make, *policies = case
    world.parts.auditor.clock = world.parts.clock
    resource = make(world)
    world.audit(resource)
    for policy in policies:
        plan = world.plan(policy, resource)
        ended = world.run(plan)
        assert (ended.state, ended.message) == (State.DONE, "")
        assert ended.verdict in ("PASS", "NOT_APPLICABLE"), ended.reason
        assert world.finding(policy, resource)["status"] == "resolved"
        if policy in NOT_BACK:
            with pytest.raises(FixRefusedError, match="from here"):
                world.undo(world.again(ended))
            continue
        back = world.undo(world.again(ended))
        assert (back.state, back.message, back.verdict) == (State.DONE, "", "FAIL")
        assert world.finding(policy, resource)["status"] == "reopened"
        with pytest.raises(FixRefusedError, match="undone already"):
            world.undo(world.again(ended))


def test_every_fix_is_tried_here() -> None:
    tried = {id(FIXES[policy, type_name]) for policy, type_name in FIXES for case in CASES if policy in case}
    assert tried == {id(each) for each in FIXES.values()}


def test_the_command_runs_a_fix_and_takes_it_back(world: World, tmp_path: Path) -> None:
    world.client("s3").create_bucket(Bucket="commanded")
    resource = here("AWS::S3::Bucket", "commanded")
    world.audit(resource)
    policy = "s3_bucket_object_versioning"
    finding = world.finding(policy, resource)["id"]
    file = tmp_path / "liveaudit.yaml"
    plain = f'{{receiver: "{RECEIVER}", accounts: [{{id: "{RECEIVER}", role_arn: none}}], regions: [{REGION}]'
    off = f"{plain}, store: '{world.database.engine.url.render_as_string()}', external_id: a-word"
    file.write_text(f"{off}}}\n", encoding="utf-8")
    options = ["--settings", str(file), "--by", "ann"]
    refused = CliRunner().invoke(app, ["fix", finding, "--run", "--yes", *options])
    assert "fixes.role" in str(refused.exception)
    file.write_text(f"{off}, fixes: {{role: {ROLE}, per_hour: 1000}}}}\n", encoding="utf-8")
    no = CliRunner().invoke(app, ["fix", finding, "--run", *options], input="n\n")
    assert "nothing was changed" in str(no.exception)
    assert "Status" not in world.client("s3").get_bucket_versioning(Bucket="commanded")
    done = CliRunner().invoke(app, ["fix", finding, "--run", *options], input="y\n")
    assert done.exit_code == 0, done.output
    assert f"{policy}: PASS" in done.stdout
    (ran,) = world.database.read_now(lambda c: fixes.list_fixes(c, finding_id=finding))
    assert (ran.by, ran.verdict) == ("ann", "PASS")
    back = CliRunner().invoke(app, ["fix", "--undo", ran.id[:12], "--yes", "--json", *options])
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["verdict"] == "FAIL"
    assert world.client("s3").get_bucket_versioning(Bucket="commanded")["Status"] == "Suspended"
    logged = world.database.read_now(lambda c: audit_log.page(c, audit_log.Which(name="ann")))
    assert {each.action for each in logged} == {"fix.run", "fix.undo"}


def test_what_was_changed_meanwhile_is_neither_mended_nor_taken_back_by_old_knowledge(world: World) -> None:
    group = a_group_named(world, "changing")
    world.audit(group)
    policy = "ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22"
    plan = world.plan(policy, group)
    ec2 = world.client("ec2")
    ec2.revoke_security_group_ingress(GroupId=group.id, IpPermissions=[OPEN])
    with pytest.raises(FixRefusedError, match="another by now"):
        world.run(plan)
    ec2.authorize_security_group_ingress(GroupId=group.id, IpPermissions=[OPEN])
    world.audit(group)
    ended = world.run(world.plan(policy, group))
    ec2.authorize_security_group_ingress(GroupId=group.id, IpPermissions=[{**OPEN, "ToPort": 24}])
    with pytest.raises(FixRefusedError, match="another by now"):
        world.undo(world.again(ended))
    assert world.undo(world.again(ended), anyway=True).state is State.DONE


def test_what_the_role_may_not_do_fails_with_the_reason_and_changes_nothing(world: World) -> None:
    world.client("sqs").create_queue(QueueName="denied", Attributes={"SqsManagedSseEnabled": "false"})
    queue = here("AWS::SQS::Queue", "denied")
    world.audit(queue)
    iam = world.client("iam")
    arn = f"arn:aws:iam::{RECEIVER}:policy/liveaudit-fixes"
    iam.detach_role_policy(RoleName=ROLE, PolicyArn=arn)
    try:
        ended = world.run(world.plan("sqs_queues_server_side_encryption_enabled", queue))
    finally:
        iam.attach_role_policy(RoleName=ROLE, PolicyArn=arn)
    assert (ended.state, ended.done, ended.verdict) == (State.FAILED, 0, "FAIL")
    assert "SetQueueAttributes" in ended.message


def test_the_rules_of_the_settings_mend_by_themselves_as_they_are_written_and_finish_what_they_began(
    world: World, tmp_path: Path
) -> None:
    world.client("s3").create_bucket(Bucket="ruled")
    resource = here("AWS::S3::Bucket", "ruled")
    world.audit(resource)
    policy = "s3_bucket_object_versioning"
    finding = world.finding(policy, resource)["id"]
    rule = {"policies": [policy], "resources": ["arn:aws:s3:::ruled"], "dry_run": False}
    file = tmp_path / "liveaudit.json"
    file.write_text(json.dumps(PLAIN))

    async def until_done() -> Fixing:
        followed = Followed(load(file), file, load)
        rules = Mending(followed, world.database, world.known, world.reading, world.parts.clock)
        assert await rules.step() == []
        file.write_text(json.dumps({**PLAIN, "fixes": {"role": ROLE, "per_hour": 1000, "rules": [rule]}}))
        mending = asyncio.create_task(rules.run())
        async with asyncio.timeout(60):
            while True:
                made = await world.database.read(partial(fixes.list_fixes, finding_id=finding))
                if made and made[0].state is not State.RUNNING:
                    break
                await asyncio.sleep(0.05)
        mending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await mending
        return made[0]

    done = world.loop.run_until_complete(until_done())
    assert (done.state, done.by) == (State.DONE, f"rule {done.rule}")
    assert world.client("s3").get_bucket_versioning(Bucket="ruled")["Status"] == "Enabled"
    entries = world.database.read_now(lambda c: audit_log.page(c, audit_log.Which(name=done.by)))
    assert [(each.action, each.target, each.way) for each in entries] == [("fix.run", finding, "rule")]
