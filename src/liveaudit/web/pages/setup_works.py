"""The set-up's pages on which something is done: documents, check, plan, roll-out, proof, first sweep."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from liveaudit.provision.documents import Documents
from liveaudit.provision.documents.files import GUIDE, Format
from liveaudit.provision.installation import SetupError
from liveaudit.settings import SettingsError
from liveaudit.store import jobs
from liveaudit.store.jobs import JobRunningError
from liveaudit.web.access.principal import Administrator, Operator, Principal, Viewer
from liveaudit.web.console import Console, ConsoleDep
from liveaudit.web.pages.setup import page
from liveaudit.web.problems import Problem
from liveaudit.web.render import is_part
from liveaudit.web.setup import draft, works
from liveaudit.web.setup.papers import FORMS, Look, archive, documents_of, papers
from liveaudit.web.setup.steps import JOBS

router = APIRouter(prefix="/setup")
Form_ = Annotated[Format, Query(alias="form", description="How the documents are written.")]
AccountQuery = Annotated[str, Query(max_length=12)]


@router.get("/documents")
def documents(
    request: Request,
    console: ConsoleDep,
    who: Viewer,
    account: AccountQuery = "",
    form: Form_ = Format.CLOUDFORMATION,
    look: Look = False,
) -> HTMLResponse:
    """What each account's owner makes, to be copied or downloaded."""
    made, chosen, error, missed = None, None, "", ""
    try:
        found = documents_of(console, draft.read(console), who, look=look)
        made, missed = found.documents, found.missed
        if made.accounts:
            given = next((each for each in made.accounts if each.account == account), made.accounts[0])
            chosen = papers(made, given, form)
    except (SetupError, SettingsError) as problem:
        error = str(problem)
    told: dict[str, Any] = {"made": made, "chosen": chosen, "form": form, "forms": FORMS, "error": error}
    return page(request, console, "documents", **told, look=look, missed=missed)


@router.get("/documents.zip")
def all_documents(
    console: ConsoleDep,
    who: Viewer,
    account: AccountQuery = "",
    form: Form_ = Format.CLOUDFORMATION,
    look: Look = False,
) -> Response:
    """All files as an archive: of one account, else of all."""
    made = _documents(console, who, look=look)
    chosen = [each for each in made.accounts if account in ("", each.account)]
    name = f"liveaudit-documents{'-' + account if account else ''}-{form.value}.zip"
    return _download(archive(made, chosen, form), name, "application/zip")


@router.get("/documents/{account}/{file}")
def one_document(
    console: ConsoleDep,
    who: Viewer,
    account: str,
    file: str,
    form: Form_ = Format.CLOUDFORMATION,
    look: Look = False,
) -> Response:
    """One file of an account."""
    made = _documents(console, who, look=look)
    found = [papers(made, each, form) for each in made.accounts if each.account == account]
    texts = {GUIDE: found[0].guide, **found[0].files} if found else {}
    if file not in texts:
        raise Problem(404, "Not Found", f"{account} has no {file}")
    return _download(texts[file].encode(), f"{account}-{file}", "text/plain; charset=utf-8")


def _documents(console: Console, who: Principal, *, look: bool) -> Documents:
    try:
        return documents_of(console, draft.read(console), who, look=look).documents
    except (SetupError, SettingsError) as error:
        raise Problem(409, "No documents yet", str(error)) from error


@router.get("/liveaudit.yaml")
def settings_file(console: ConsoleDep, who: Administrator) -> Response:
    """The settings file as it would be written, without the store's URL, in which a password may stand."""
    return _download(draft.read(console).file().encode(), "liveaudit.yaml", "text/yaml; charset=utf-8")


def _download(data: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return Response(data, media_type=media_type, headers=headers)


@router.get("/{step}")
def work(request: Request, console: ConsoleDep, who: Viewer, step: str) -> HTMLResponse:
    """A step that is done by a job: how far it is, or what it came to. For htmx only that part."""
    if step not in (*JOBS, "sweep"):
        raise Problem(404, "Not Found", f"the set-up has no step {step}")
    drafted = draft.read(console)
    asked = console.database.read_now(partial(jobs.latest, kind=works.SWEEP, now=console.clock()))
    name = f"part_{step}" if is_part(request) else step
    text = drafted.file() if step == "plan" and drafted.settings is not None else ""
    return page(request, console, name, here=step, text=text, asked=asked)


@router.post("/write")
def write(console: ConsoleDep, who: Administrator) -> Response:
    """Put the settings file in place."""
    try:
        kept = draft.write_file(console, draft.read(console))
    except SettingsError as error:
        raise Problem(409, "Not written", str(error)) from error
    told = f"the former one is kept as {kept.name}" if kept else ""
    console.log_change(who, "settings written", str(console.settings_path), told)
    return RedirectResponse("/setup/apply", 303)


@router.post("/cancel/{job_id}")
def cancel(console: ConsoleDep, who: Operator, job_id: str) -> Response:
    """End a job of the set-up; what AWS has begun goes on."""
    found = console.database.read_now(partial(jobs.get, job_id=job_id, now=console.clock()))
    step = next((step for step, kind in JOBS.items() if found is not None and kind == found.kind), "")
    if found is None or not step:
        raise Problem(404, "Not Found", "there is no such job")
    console.database.write_now(partial(jobs.ask_to_end, job_id=job_id, by=who.name))
    console.log_change(who, "job cancelled", found.kind, job_id)
    return RedirectResponse(f"/setup/{step}", 303)


@router.post("/{step}")
async def begin(
    console: ConsoleDep, who: Administrator, step: str, thorough: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    """Begin the step's job; where one is under way, show that."""
    kinds = {**JOBS, "sweep": works.SWEEP}
    if step not in kinds:
        raise Problem(404, "Not Found", f"the set-up has no step {step}")
    try:
        job = await works.begin(console, kinds[step], who, thorough=thorough == "yes")
    except JobRunningError:
        return RedirectResponse(f"/setup/{step}", 303)
    except SettingsError as error:
        raise Problem(409, "The settings are not complete", str(error)) from error
    await asyncio.to_thread(console.log_change, who, f"{kinds[step]} begun", "AWS", job.id)
    return RedirectResponse(f"/setup/{step}", 303)
