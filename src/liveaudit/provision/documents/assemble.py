"""All documents of an installation, by account."""

from __future__ import annotations

from liveaudit.catalog.catalog import Catalog
from liveaudit.policies.policy import PolicyRegistry
from liveaudit.provision import names
from liveaudit.provision.actions import read_actions
from liveaudit.provision.documents.audit import audit_role, read_policies, runner_account
from liveaudit.provision.documents.channels import channel_policies, channel_steps
from liveaudit.provision.documents.event_history import event_history_policy
from liveaudit.provision.documents.fixes import fix_policy, fix_role
from liveaudit.provision.documents.functions import function_policies, functions_of, strangers
from liveaudit.provision.documents.model import (
    ANY_ACCOUNT,
    AccountDocuments,
    Documents,
    ManagedPolicy,
    Role,
    Statement,
    arns,
    checked,
)
from liveaudit.provision.documents.publisher import (
    execution_policy,
    execution_role,
    forwarding_boundary,
    forwarding_role,
    publisher_stack,
)
from liveaudit.provision.documents.receiver import (
    administration_policy,
    administration_role,
    receiver_policy,
    receiver_publishers_policy,
)
from liveaudit.provision.documents.runner import runner_policies
from liveaudit.provision.documents.security_hub import with_hub_role
from liveaudit.provision.documents.setup_reads import setup_policy
from liveaudit.provision.documents.stacks import STACK_ACTIONS
from liveaudit.provision.installation import Account, Installation, Rollout, SetupError


def documents(installation: Installation, catalog: Catalog, policies: PolicyRegistry) -> Documents:
    """What every account's owner makes for this installation, the receiver's first.

    The reads of the audit roles are made from the catalog: what ``policies`` need in ``installation.services``.
    In a service-managed rollout the stack sets make the roles of the organization's members, so those accounts have
    no documents. Raises SetupError (DocumentTooLargeError for what does not fit AWS's limits).
    """
    reads = read_policies(read_actions(catalog, policies, installation.services))
    functions = functions_of(installation, policies)
    runs_in = runner_account(installation)
    runner = (*runner_policies(installation), *channel_policies(installation, runs_in))
    made = []
    for account in sorted(
        installation.accounts, key=lambda each: (each.id != installation.receiver, each.id)
    ):
        if _is_made_by_stack_set(installation, account):
            continue
        granted = (*reads, *function_policies(functions, {account.id}))
        others = [*strangers(installation, functions)] if account.id == installation.receiver else []
        given: tuple[ManagedPolicy, ...] = ()
        if account.id == runs_in:
            given = runner
            others += channel_steps(installation, runs_in)
        made.append(_account(installation, account, granted, given, tuple(others)))
    if runner and runs_in not in {each.id for each in installation.accounts}:
        made.append(
            AccountDocuments(
                runs_in,
                "",
                ("runner",),
                runner,
                (),
                (*channel_steps(installation, runs_in), _attach_to_runner(installation, runner)),
            )
        )
    return Documents(installation.partition, installation.home, tuple(checked(each) for each in made))


def member_documents(
    installation: Installation, catalog: Catalog, policies: PolicyRegistry
) -> AccountDocuments:
    """The audit role of any member of the organization, as the stack set makes it in a service-managed rollout.

    The account's id is ``${AWS::AccountId}`` there (see ``render.cloudformation.portable``). Raises SetupError when
    the members' roles are to differ: one template makes them all.
    """
    members = [each for each in installation.accounts if _is_made_by_stack_set(installation, each)]
    ways = {(each.audit_role, each.external_id) for each in members}
    if not members:
        ways = {(installation.receiving_account.audit_role, installation.receiving_account.external_id)}
    if len(ways) > 1 or any(each.audit_role_arn for each in members):
        raise SetupError(
            "accounts: a service-managed stack set makes all members' audit roles of one template: give them one name "
            "(audit_role) and one external_id, and no role_arn of their own"
        )
    ((name, external_id),) = ways
    account = Account(ANY_ACCOUNT, audit_role=name, external_id=external_id)
    own = (
        *read_policies(read_actions(catalog, policies, installation.services)),
        *function_policies(functions_of(installation, policies), {each.id for each in members}),
        setup_policy(installation, account),
        event_history_policy(),
    )
    roles = [audit_role(installation, account, [each.name for each in own])]
    if installation.fix_role:
        own = (*own, fix_policy())
        roles.append(fix_role(installation, account))
    return checked(
        with_hub_role(
            installation, account, AccountDocuments(account.id, "", ("publisher",), own, tuple(roles))
        )
    )


def _is_made_by_stack_set(installation: Installation, account: Account) -> bool:
    organization = installation.organization
    return (
        installation.rollout is Rollout.SERVICE_MANAGED
        and account.id != installation.receiver
        and (organization is None or account.id != organization.management_account)
    )


def _account(
    installation: Installation,
    account: Account,
    reads: tuple[ManagedPolicy, ...],
    runner: tuple[ManagedPolicy, ...],
    further_steps: tuple[str, ...] = (),
) -> AccountDocuments:
    own = [*reads, setup_policy(installation, account), event_history_policy()]
    further: list[ManagedPolicy] = []
    roles: list[Role] = []
    parts: list[str] = []
    steps = list(further_steps)
    is_receiver = account.id == installation.receiver
    by_stack_set = is_receiver or (account.publishes and installation.rollout is Rollout.SELF_MANAGED)
    if is_receiver:
        parts.append("receiver")
        own += [receiver_policy(installation), receiver_publishers_policy(installation)]
        further.append(administration_policy(installation))
        roles.append(administration_role(installation))
    if by_stack_set:
        further.append(execution_policy(installation, account.id))
        roles.append(execution_role(installation))
    if account.publishes:
        parts.append("publisher")
        if not is_receiver and not installation.stacks_make_forwarding_role:
            roles.append(forwarding_role(installation, account.id))
        if not is_receiver and installation.stacks_make_forwarding_role:
            further.append(forwarding_boundary(installation))
    if installation.organization and account.id == installation.organization.management_account:
        parts.append("management account")
        if not by_stack_set and account.publishes:
            own.append(management_policy(installation, account.id))
    if account.ambient:
        steps.append(
            f"Attach {', '.join(each.name for each in own)} to who runs liveaudit in this account: no role is assumed here."
        )
    else:
        roles.append(audit_role(installation, account, [each.name for each in own]))
    if installation.fix_role:
        further.append(fix_policy())
        roles.append(fix_role(installation, account))
    if runner:
        parts.append("runner")
        further += runner
        steps.append(_attach_to_runner(installation, runner))
    made = AccountDocuments(
        account.id, account.name, tuple(parts), (*own, *further), tuple(roles), tuple(steps)
    )
    return with_hub_role(installation, account, made)


def management_policy(installation: Installation, account: str) -> ManagedPolicy:
    """The plain stack of an organization's management account, which service-managed stack sets leave out."""
    return ManagedPolicy(
        names.MANAGEMENT_POLICY,
        (
            Statement(
                "Stack",
                (*STACK_ACTIONS, "cloudformation:GetTemplate"),
                arns(
                    installation.partition,
                    "cloudformation",
                    "*",
                    account,
                    [f"stack/{names.MANAGEMENT_STACK}/*"],
                ),
                "Service-managed stack sets leave the management account out: the set-up makes its stack itself.",
            ),
            *publisher_stack(installation, account),
        ),
        "The publisher's stack of liveaudit in the management account.",
    )


def _attach_to_runner(installation: Installation, runner: tuple[ManagedPolicy, ...]) -> str:
    who = installation.runner or "the role or user that runs liveaudit"
    return f"Attach {', '.join(each.name for each in runner)} to {who}."
