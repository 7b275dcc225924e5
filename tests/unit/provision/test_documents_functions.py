"""The permission to ask a user's function: on that ARN, in its account's documents, and nowhere else."""

from __future__ import annotations

from liveaudit.custom.functions import Asked, AskedElsewhere
from liveaudit.model import Severity
from liveaudit.policies.policy import BUILT_IN, Asks, Policy, PolicyKind, PolicyRegistry
from liveaudit.provision import names
from liveaudit.provision.documents import documents, member_documents
from liveaudit.provision.installation import Account, Installation, Organization, Rollout
from liveaudit.services import load

RECEIVER, PUBLISHER, STRANGER = "111111111111", "222222222222", "999999999999"
CATALOG, _ = load()
TASK = f"arn:aws:lambda:eu-west-1:{PUBLISHER}:function:judge:live"
OWN = f"arn:aws:lambda:us-east-1:{RECEIVER}:function:judge"
ACCOUNTS = tuple(
    Account(each, regions=("us-east-1",), external_id="a-word") for each in (RECEIVER, PUBLISHER)
)


def asking(*functions: str, service: str = "s3") -> PolicyRegistry:
    made = PolicyRegistry(over=BUILT_IN)
    for number, arn in enumerate(functions):
        made.add(
            Policy(
                id=f"acme_{number}",
                type="AWS::S3::Bucket",
                service=service,
                severity=Severity.LOW,
                title="t",
                why="w",
                fix="f",
                judge=AskedElsewhere("", ""),
                sections=frozenset({"acl"}),
                parameters=("acl",),
                kind=PolicyKind.LAMBDA,
                asks=Asks(arn, Asked()),
            )
        )
    return made


def test_each_account_may_invoke_what_is_there() -> None:
    made = documents(Installation(RECEIVER, ACCOUNTS), CATALOG, asking(OWN, TASK, TASK))
    granted = {
        account: made.account(account).policy(names.FUNCTIONS_POLICY).document["Statement"]
        for account in (RECEIVER, PUBLISHER)
    }
    assert granted == {
        account: [{"Sid": "Ask", "Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": [arn]}]
        for account, arn in ((RECEIVER, OWN), (PUBLISHER, TASK))
    }
    for account in (RECEIVER, PUBLISHER):
        assert "lambda:InvokeFunction" in made.account(account).allowed(names.AUDIT_ROLE)


def test_without_such_policies_there_is_no_such_permission() -> None:
    made = documents(Installation(RECEIVER, ACCOUNTS), CATALOG, asking())
    assert all(
        not each.name.startswith(names.FUNCTIONS_POLICY)
        for account in made.accounts
        for each in account.policies
    )
    other = Installation(RECEIVER, ACCOUNTS, services=("sqs",))
    assert "lambda:InvokeFunction" not in documents(other, CATALOG, asking(OWN)).account(RECEIVER).allowed(
        names.AUDIT_ROLE
    ), "the policy's service is not audited"


def test_many_functions_are_cut_into_policies_that_fit() -> None:
    many = [f"arn:aws:lambda:eu-west-1:{RECEIVER}:function:{'n' * 60}{at:02d}" for at in range(45)]
    found = documents(Installation(RECEIVER, ACCOUNTS), CATALOG, asking(*many)).account(RECEIVER)
    granted = [each for each in found.policies if each.name.startswith(names.FUNCTIONS_POLICY)]
    assert [each.name for each in granted] == [
        "liveaudit-functions",
        "liveaudit-functions-2",
        "liveaudit-functions-3",
    ]
    assert sorted(arn for each in granted for arn in each.statements[0].resources) == many


def test_a_function_of_an_account_that_is_not_enrolled_is_told() -> None:
    arn = f"arn:aws:lambda:eu-west-1:{STRANGER}:function:judge"
    made = documents(Installation(RECEIVER, ACCOUNTS), CATALOG, asking(arn))
    assert any(arn in each and "not enrolled" in each for each in made.account(RECEIVER).steps)
    assert not any(arn in each for each in made.account(PUBLISHER).steps)


def test_members_of_an_organization_have_it_by_the_stack_set() -> None:
    installation = Installation(
        RECEIVER,
        ACCOUNTS,
        rollout=Rollout.SERVICE_MANAGED,
        organization=Organization("o-abcdefghij", "333333333333", ("r-ab12",)),
    )
    made = member_documents(installation, CATALOG, asking(OWN, TASK))
    assert made.policy(names.FUNCTIONS_POLICY).statements[0].resources == (TASK,)
