"""The set-up for programs: the draft of the settings, the owners' documents, and the works as jobs."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field

from liveaudit.provision.documents.files import Format
from liveaudit.provision.installation import SetupError
from liveaudit.settings import Mistake, SettingsError
from liveaudit.settings.pasted import pasted
from liveaudit.store.drafts import DraftChangedError
from liveaudit.store.jobs import JobRunningError
from liveaudit.web.access.principal import Administrator, Viewer
from liveaudit.web.api.jobs import WholeJob, told
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.problems import Problem
from liveaudit.web.setup import draft, works
from liveaudit.web.setup.draft import Drafted
from liveaudit.web.setup.papers import Look, documents_of, papers
from liveaudit.web.setup.steps import State, progress_of
from liveaudit.web.setup.sweeping import sweeping

router = APIRouter(prefix="/api/v1/setup", tags=["set-up"])
_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"description": "The draft has mistakes, was changed meanwhile, or such a job is under way."}
}


class Work(StrEnum):
    """What is done to carry the draft out."""

    CHECK = "check"
    PLAN = "plan"
    APPLY = "apply"
    VERIFY = "verify"
    SWEEP = "sweep"


_KINDS = {
    Work.CHECK: works.CHECK,
    Work.PLAN: works.PLAN,
    Work.APPLY: works.APPLY,
    Work.VERIFY: works.VERIFY,
    Work.SWEEP: works.SWEEP,
}


class Wrong(BaseModel):
    """A mistake or a warning in the draft."""

    field: str = Field(examples=["accounts[1].id"])
    text: str


class StepAnswer(BaseModel):
    """A step of the set-up."""

    id: str = Field(examples=["accounts"])
    title: str
    state: State
    told: str = Field(description="What it came to, in a few words.")
    command: str = Field(description="What does the same in a terminal.")


class SetupAnswer(BaseModel):
    """The draft, and how far everything is."""

    version: int = Field(description="Send it along with a change; 0: there is no draft yet.")
    settings: dict[str, Any] = Field(description="The draft, in the shape of the settings file.")
    mistakes: list[Wrong]
    warnings: list[Wrong]
    steps: list[StepAnswer]
    file: str = Field(description="Where the settings file is, or will be.")
    written: bool = Field(description="Whether the file says what the draft says.")


class DraftGiven(BaseModel):
    """A new draft."""

    version: int = Field(ge=0, le=2**31 - 1, description="The version that was looked at.")
    settings: dict[str, Any] = Field(
        description="The settings; `store` is the console's own and is left out.",
        examples=[
            {
                "receiver": "111111111111",
                "accounts": [{"id": "111111111111", "name": "hub"}],
                "regions": "all",
            }
        ],
    )


class AccountFound(BaseModel):
    """An account out of a pasted text."""

    id: str
    name: str


class PastedAnswer(BaseModel):
    """What a pasted text holds."""

    accounts: list[AccountFound]
    wrong: list[str] = Field(description="Lines that hold no account.")


class PapersAnswer(BaseModel):
    """What one account's owner makes."""

    account: str
    name: str
    parts: list[str] = Field(examples=[["receiver", "publisher"]])
    guide: str = Field(description="What is in it, why, and the commands to type.")
    files: dict[str, str]


class SweepAnswer(BaseModel):
    """How far the sweeps are."""

    state: str = Field(description="`not begun`, `running` or `done`.", examples=["running"])
    places: int = Field(description="Services in accounts and regions.")
    ended: int = Field(description="Of these, how many are swept.")
    found: int = Field(description="Resources.")
    audited: int
    open_findings: int
    matrix: dict[str, Any] = Field(description="Rows of accounts, columns of regions, cells of states.")
    not_listed: list[str] = Field(description="What could not be listed, and why.")


@router.get("")
def get_setup(console: ConsoleDep, who: Viewer) -> SetupAnswer:
    """The draft of the settings, all that is wrong in it, and how far each step is."""
    return _answer(console, draft.read(console))


@router.put("/draft", responses=_CONFLICT)
def put_draft(console: ConsoleDep, who: Administrator, given: DraftGiven) -> SetupAnswer:
    """Write the draft anew. It may have mistakes: they are told, and it is kept."""
    try:
        drafted = draft.put(console, who, given.settings, given.version)
    except DraftChangedError as error:
        raise Problem(409, "Changed meanwhile", str(error)) from error
    console.log_change(who, "set-up changed", "draft", ", ".join(sorted(given.settings)[:20]))
    return _answer(console, drafted)


@router.delete("/draft")
def forget_draft(console: ConsoleDep, who: Administrator) -> SetupAnswer:
    """Forget the draft and begin with what the settings file says."""
    draft.forget(console)
    console.log_change(who, "set-up forgotten", "draft")
    return _answer(console, draft.read(console))


@router.post("/pasted")
def read_pasted(
    console: ConsoleDep,
    who: Administrator,
    text: Annotated[str, Body(embed=True, max_length=1_000_000, examples=["111111111111 shop"])],
) -> PastedAnswer:
    """The accounts in a text: one a line, a table's columns, or what `aws organizations list-accounts` prints."""
    found = pasted(text)
    return PastedAnswer(
        accounts=[AccountFound(id=account, name=name) for account, name in found.accounts],
        wrong=[f"line {line}: {why}" for line, why in found.wrong],
    )


@router.get("/file", response_class=PlainTextResponse)
def get_file(console: ConsoleDep, who: Administrator) -> str:
    """The settings file as it would be written, without the store's URL."""
    return draft.read(console).file()


@router.post("/file", responses=_CONFLICT)
def write_file(console: ConsoleDep, who: Administrator) -> SetupAnswer:
    """Put the settings file in place, and have the worker begin with it."""
    drafted = draft.read(console)
    try:
        kept = draft.write_file(console, drafted)
    except SettingsError as error:
        raise Problem(409, "The settings are not complete", str(error)) from error
    console.log_change(
        who, "settings written", str(console.settings_path), f"former one: {kept.name}" if kept else ""
    )
    return _answer(console, drafted)


@router.get("/documents", responses=_CONFLICT)
def get_documents(
    console: ConsoleDep,
    who: Viewer,
    form: Annotated[Format, Query(description="How the documents are written.")] = Format.JSON,
    account: Annotated[str, Query(max_length=12, description="Only this account.")] = "",
    look: Look = False,
) -> list[PapersAnswer]:
    """The roles and policies that each account's owner makes."""
    try:
        made = documents_of(console, draft.read(console), who, look=look).documents
    except (SetupError, SettingsError) as error:
        raise Problem(409, "No documents yet", str(error)) from error
    found = [papers(made, each, form) for each in made.accounts if account in ("", each.account)]
    return [
        PapersAnswer(
            account=each.account, name=each.name, parts=list(each.parts), guide=each.guide, files=each.files
        )
        for each in found
    ]


@router.get("/sweep")
def get_sweep(console: ConsoleDep, who: Viewer) -> SweepAnswer:
    """How far the sweeps of the draft's accounts are, whoever makes them."""
    found = sweeping(console, draft.read(console))
    return SweepAnswer(
        state=found.state,
        places=found.places,
        ended=found.ended,
        found=found.found,
        audited=found.audited,
        open_findings=found.open_findings,
        matrix=found.matrix,
        not_listed=[f"{each.account} {each.region} {each.type}: {each.reason}" for each in found.not_listed],
    )


@router.post("/{work}", status_code=202, responses=_CONFLICT)
async def begin(
    console: ConsoleDep,
    who: Administrator,
    work: Work,
    thorough: Annotated[bool, Query(description="With `check`: try every read for real.")] = False,
) -> WholeJob:
    """Begin a work on the draft, as a job: `/api/v1/jobs/{id}` tells how far it is."""
    try:
        job = await works.begin(console, _KINDS[work], who, thorough=thorough)
    except JobRunningError as error:
        raise Problem(409, "Under way already", f"{error} ({error.job.id})") from error
    except SettingsError as error:
        raise Problem(409, "The settings are not complete", str(error)) from error
    await asyncio.to_thread(console.log_change, who, f"{job.kind} begun", "AWS", job.id)
    return told(job)


def _answer(console: Console, drafted: Drafted) -> SetupAnswer:
    return SetupAnswer(
        version=drafted.version,
        settings=dict(drafted.plain),
        mistakes=[_wrong(each) for each in drafted.checked.mistakes],
        warnings=[_wrong(each) for each in drafted.checked.warnings],
        steps=[
            StepAnswer(id=each.id, title=each.title, state=each.state, told=each.told, command=each.command)
            for each in progress_of(console, drafted).steps
        ],
        file=str(console.settings_path),
        written=draft.is_written(console, drafted),
    )


def _wrong(mistake: Mistake) -> Wrong:
    return Wrong(field=mistake.field, text=mistake.text)
