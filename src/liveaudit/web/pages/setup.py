"""The set-up's pages that are filled in: accounts, receiver, regions, what is audited. Each saves and goes on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from liveaudit.aws.regions import known_regions
from liveaudit.model import home_region, partition_of
from liveaudit.provision.installation import SetupError
from liveaudit.settings import OrganizationSettings
from liveaudit.store.drafts import DraftChangedError
from liveaudit.web.access.principal import Administrator, Principal, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.render import render
from liveaudit.web.setup import draft, fields
from liveaudit.web.setup.choices import services_of, sets_of
from liveaudit.web.setup.draft import Drafted
from liveaudit.web.setup.identity import identity, members
from liveaudit.web.setup.steps import FIELDS, State, progress_of

router = APIRouter(prefix="/setup")
Text = Annotated[str, Form(max_length=200_000)]
Word = Annotated[str, Form(max_length=2_000)]
Words = Annotated[list[str], Form(max_length=2_000, default_factory=list)]
Version = Annotated[int, Form(ge=0)]


@router.get("")
def overview(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """All steps, and where to go on."""
    return page(request, console, "overview")


@router.get("/accounts")
def accounts(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """Who is watched."""
    return page(request, console, "accounts", as_lines=fields.as_lines)


@router.post("/accounts")
def save_accounts(
    request: Request,
    console: ConsoleDep,
    who: Administrator,
    version: Version,
    listed: Text = "",
    organization: Word = "",
    organization_id: Word = "",
    units: Text = "",
    exclude: Text = "",
) -> Response:
    """Take the list over. What is no account is told, and nothing is saved before it is mended."""
    before = draft.read(console).sound.get("accounts") or []
    found, lines = fields.accounts_of(listed, before)
    if lines.wrong:
        return page(
            request, console, "accounts", status=422, as_lines=fields.as_lines, lines=lines, listed=listed
        )
    changes: dict[str, Any] = {
        "accounts": found or None,
        "organization": fields.organization_of(organization, organization_id, units, exclude),
    }
    return saved(console, who, "accounts", changes, version)


@router.get("/accounts/{account}")
def one_account(request: Request, console: ConsoleDep, who: Viewer, account: str) -> HTMLResponse:
    """What is said of one account alone."""
    return page(request, console, "account", account=_account(draft.read(console), account))


@router.post("/accounts/{account}")
def save_account(
    console: ConsoleDep,
    who: Administrator,
    account: str,
    version: Version,
    name: Word = "",
    watched: Word = "",
    role_arn: Word = "",
    external_id: Word = "",
    regions: Text = "",
) -> Response:
    """Take it over."""
    drafted = draft.read(console)
    given = _account(drafted, account)
    made = fields.account_with(
        {key: each for key, each in given.items() if key != "publisher"},
        name=name.strip(),
        role_arn=role_arn.strip(),
        external_id=external_id.strip(),
        regions=fields.words(regions),
        **({} if watched == "yes" else {"publisher": False}),
    )
    listed = [made if each.get("id") == account else each for each in drafted.sound["accounts"]]
    return saved(console, who, "accounts", {"accounts": listed}, version, then="/setup/accounts")


def _account(drafted: Drafted, account: str) -> dict[str, Any]:
    found = [each for each in drafted.sound.get("accounts") or [] if each.get("id") == account]
    if not found:
        raise Problem(404, "Not Found", f"{account} is not in the list of accounts")
    return dict(found[0])


@router.get("/organization")
async def organization(
    request: Request, console: ConsoleDep, who: Administrator, organization_id: str = ""
) -> HTMLResponse:
    """The organization's accounts, as far as this process's own credentials see them: a part of the page."""
    wanted = OrganizationSettings(id=organization_id.strip())
    try:
        listing, error = await members(wanted), ""
    except SetupError as problem:
        listing, error = None, str(problem)
    return render(request, "setup/organization.html", listing=listing, error=error)


@router.get("/receiver")
def receiver(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """Which account receives, how events travel, and who may enter the accounts."""
    return page(request, console, "receiver", suggested_id=draft.new_external_id())


@router.post("/receiver")
def save_receiver(
    console: ConsoleDep,
    who: Administrator,
    version: Version,
    receiver: Word = "",
    external_id: Word = "",
    runner: Word = "",
    audit_role: Word = "",
    delivery: Word = "bus",
    rollout: Word = "self-managed",
    forwarding_role: Word = "owner",
    queue: Word = "",
) -> Response:
    """Take it over; what has its usual value is not written."""
    account = receiver.strip().replace("-", "")
    changes: dict[str, Any] = {
        "receiver": account or None,
        "external_id": external_id.strip() or None,
        "runner": runner.strip() or None,
        "audit_role": audit_role.strip() or None,
        "delivery": None if delivery == "bus" else delivery,
        "rollout": None if rollout == "self-managed" else rollout,
        "forwarding_role": None if forwarding_role == "owner" else forwarding_role,
        "queue": queue.strip() or None,
    }
    drafted = draft.read(console)
    listed = drafted.sound.get("accounts") or []
    if account and listed and all(each.get("id") != account for each in listed):
        # it has to be one of the accounts; whether it is watched too is said there
        changes["accounts"] = [*listed, {"id": account, "publisher": False}]
    return saved(console, who, "receiver", changes, version)


@router.get("/identity")
async def who_we_are(request: Request, console: ConsoleDep, who: Administrator) -> HTMLResponse:
    """Whose credentials this process has: a part of the page."""
    return render(request, "setup/identity.html", found=await identity())


@router.get("/regions")
def regions(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """Where changes are watched."""
    drafted = draft.read(console)
    partition = drafted.settings.partition if drafted.settings is not None else "aws"
    there = sorted(each for each in known_regions() if partition_of(each) == partition)
    return page(request, console, "regions", there=there, home=home_region(partition))


@router.post("/regions")
def save_regions(
    console: ConsoleDep,
    who: Administrator,
    version: Version,
    region: Words,
    which: Word = "all",
    further: Text = "",
) -> Response:
    """Take them over."""
    chosen = list(dict.fromkeys([*region, *fields.words(further)]))
    return saved(console, who, "regions", {"regions": "all" if which == "all" else chosen}, version)


@router.get("/services")
def services(request: Request, console: ConsoleDep, who: Viewer) -> HTMLResponse:
    """What is audited."""
    return page(request, console, "services", services=services_of(console), sets=sets_of(console))


@router.post("/services")
def save_services(
    console: ConsoleDep,
    who: Administrator,
    version: Version,
    service: Words,
    which: Word = "all",
    framework: Word = "",
    every: Word = "24h",
) -> Response:
    """Take them over. ``which``: all, those that are ticked, or those that a framework needs."""
    chosen: Any = list(dict.fromkeys(service))
    if which == "all":
        chosen = None
    elif which == "framework":
        found = {each.id: each.services for each in sets_of(console)}.get(framework)
        if found is None:
            raise Problem(422, "Not understood", "choose one of the frameworks", field="framework")
        chosen = list(found)
    sweep = None if every.strip() in ("", "24h") else {"every": every.strip()}
    return saved(console, who, "services", {"services": chosen, "sweep": sweep}, version)


@router.post("/reset")
def reset(console: ConsoleDep, who: Administrator) -> Response:
    """Forget what was filled in; the settings file stays as it is."""
    draft.forget(console)
    console.log_change(who, "set-up forgotten", "draft")
    return RedirectResponse("/setup", 303)


def page(request: Request, console: Console, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page of the set-up, with the draft and how far all steps are."""
    drafted = draft.read(console)
    progress = progress_of(console, drafted)
    step = "accounts" if name == "account" else name
    begun = progress.step(step).state is State.WRONG if step in FIELDS else False
    context = {"lines": None, "listed": None, **context}
    return render(
        request,
        f"setup/{name}.html",
        status_code=status,
        drafted=drafted,
        given=drafted.sound,
        progress=progress,
        step=step,
        # what nobody has filled in yet is not told as wrong
        wrong=drafted.wrong(*FIELDS.get(step, ())) if begun else [],
        warnings=drafted.warnings(*FIELDS.get(step, ())),
        settings_path=str(console.settings_path),
        file_error=draft.file_error(console),
        written=draft.is_written(console, drafted),
        supervisor=console.supervisor,
        **context,
    )


def saved(
    console: Console, who: Principal, step: str, changes: dict[str, Any], version: int, then: str = ""
) -> Response:
    """Write the draft and go on: to the next step, or back to this one where something is wrong."""
    try:
        drafted = draft.change(console, who, changes, version)
    except DraftChangedError as error:
        raise Problem(409, "Changed meanwhile", str(error)) from error
    told = ", ".join(name for name, each in changes.items() if each is not None)
    console.log_change(who, "set-up changed", step, told)
    if drafted.wrong(*FIELDS[step]):
        return RedirectResponse(then or f"/setup/{step}", 303)
    after = progress_of(console, drafted).after(step)
    return RedirectResponse(then or (after.path if after else "/setup"), 303)
