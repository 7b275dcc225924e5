"""The lab: a small AWS in this process, for tests and the demonstration."""

from __future__ import annotations

import functools
import json
import os
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from liveaudit.lab import cloudtrail, ec2, eventbridge, iam, internals, organization, s3_defaults, sqs
from liveaudit.lab.accounts import Accounts, Credentials, lab_credentials
from liveaudit.lab.call_log import ApiCall, CallLog
from liveaudit.lab.delivery import Bus, Envelope, Postman
from liveaudit.lab.event_history import EventHistory
from liveaudit.lab.knobs import KnobError, Knobs
from liveaudit.lab.permissions.authority import Authority
from liveaudit.lab.permissions.decisions import Decision, Decisions
from liveaudit.lab.permissions.directory import Directory
from liveaudit.lab.permissions.gate import Gate
from liveaudit.lab.stacks.plane import ControlPlane
from liveaudit.model import LiveauditError


class LabError(LiveauditError):
    """The lab cannot be used like this."""


_running = threading.Lock()


class Lab:
    """Several AWS accounts and regions on loopback: moto, CloudTrail, EventBridge, SQS, and knobs to make trouble.

    Only one lab runs in a process at a time, because moto's state is the process's. ``port=0`` takes a free port.
    """

    def __init__(
        self,
        accounts: Sequence[str] = ("111111111111", "222222222222"),
        regions: Sequence[str] = ("us-east-1", "eu-west-1"),
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        wrong = [account for account in accounts if not (len(account) == 12 and account.isdigit())]
        if wrong or not accounts:
            raise LabError(
                f"account numbers have twelve digits, these do not: {', '.join(wrong) or 'none given'}"
            )
        self.accounts = tuple(accounts)
        self.regions = tuple(regions)
        self.knobs = Knobs()
        self.host = host
        self.port = port
        self._known = Accounts(accounts)
        self._log = CallLog()
        self._history = EventHistory(lambda: self.knobs.history_seconds)
        self._lock = threading.RLock()
        self._decisions = Decisions()
        self._directory = Directory(lambda: self._plane)
        self.permissions = Authority(self._directory, self._decisions)
        """Decides for everybody but the lab's own keys: for their calls, for deliveries, for stacks."""
        self._world = eventbridge.MotoWorld(self.permissions)
        self._postman = Postman(self._world, self._lock)
        self._plane = ControlPlane(
            self._lock,
            self.permissions,
            lambda: self.knobs.stack_seconds,
            self.enabled_regions,
            self._post,
        )
        self._patches = internals.Patches()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._session: Any = None  # one for all clients: it has read the services' models
        self._server: Any = None
        self._application: Any = None

    @property
    def endpoint_url(self) -> str:
        """Where clients send their calls. Raises ``LabError`` before ``start``."""
        if self._server is None:
            raise LabError("the lab is not started: call start() or use it in a with statement")
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Start serving. Raises ``MissingInternalError`` for a moto that the lab does not know, and ``LabError``."""
        if os.environ.get("MOTO_ACCOUNT_ID"):
            raise LabError("MOTO_ACCOUNT_ID is set, which makes every call one account's: unset it")
        if not _running.acquire(blocking=False):
            raise LabError("another lab runs in this process: stop it first")
        try:
            self._start()
        except BaseException:
            self._patches.restore()
            _running.release()
            raise

    def _start(self) -> None:
        from liveaudit.lab.app import LabApplication
        from liveaudit.lab.server import LabServer

        internals.check(internals.EAGER)
        _forget_everything()
        # moto looks through all methods of a response class for every call
        cached = functools.cache(internals.module("core.utils").method_names_from_class)
        self._patches.replace("core.responses:method_names_from_class", cached)
        # moto makes a new loader for every model, and each looks through all folders of botocore
        loader = functools.cache(internals.module("core.utils").create_loader)
        self._patches.replace("core.utils:create_loader", loader)
        sqs.install(self._patches)
        eventbridge.install(self._patches, self._world, self._post)
        s3_defaults.install(self._patches)
        iam.install(self._patches, self._known)
        ec2.install(self._patches)
        organization.install(self._patches)
        self._application = LabApplication(
            self._known,
            self.knobs,
            self._log,
            self._lock,
            self._patches,
            self._post,
            self._control,
            Gate(self.permissions, self._directory),
            self._directory,
            self._plane,
            self.enabled_regions,
            self._history,
        )
        server = LabServer(self.host, self.port, self._application)
        _, self.port = server.start()
        self._server = server
        self._postman.start()

    def stop(self) -> None:
        """Stop serving and give moto back as it was. Does nothing when the lab is not running."""
        if self._server is None:
            return
        _end_polls()
        self._server.stop()
        self._plane.stop()
        self._postman.stop()
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._server = None
        _forget_everything()
        self._history.clear()
        self._patches.restore()
        _running.release()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def credentials(self, account: str) -> Credentials:
        """The lab's own key for ``account``. Raises ``LabError`` for an account that the lab does not have."""
        if account not in self.accounts:
            raise LabError(f"the lab has no account {account}, only {', '.join(self.accounts)}")
        return lab_credentials(account)

    def client(self, account: str, service: str, region: str) -> Any:
        """A boto3 client on the lab, the same one for the same arguments. It does not retry."""
        import boto3
        from botocore.config import Config

        key = (account, service, region)
        with self._lock:
            if key not in self._clients:
                credentials = self.credentials(account)
                if self._session is None:
                    self._session = boto3.session.Session()
                self._clients[key] = self._session.client(
                    service,
                    region_name=region,
                    endpoint_url=self.endpoint_url,
                    aws_access_key_id=credentials.access_key_id,
                    aws_secret_access_key=credentials.secret_access_key,
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": 1},
                        read_timeout=60,
                        max_pool_connections=64,
                        # s3control puts the account into the host name, which only a proxy resolves to loopback
                        proxies={"http": self.endpoint_url} if service == "s3control" else {},
                    ),
                )
            return self._clients[key]

    def environment(self, account: str, region: str) -> dict[str, str]:
        """The environment variables with which the ``aws`` command, boto3 and aiobotocore use the lab.

        ``HTTP_PROXY`` is the lab itself: s3control's host names (``111111111111.127.0.0.1``) resolve nowhere.
        """
        credentials = self.credentials(account)
        return {
            "AWS_ACCESS_KEY_ID": credentials.access_key_id,
            "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "HTTP_PROXY": self.endpoint_url,
            "http_proxy": self.endpoint_url,
            "NO_PROXY": "",
            "no_proxy": "",
        }

    def reset(self) -> None:
        """Empty every account, drop events under way, make the knobs harmless, forget calls and handed-out keys."""
        with self._lock:
            self._plane.reset()
            self._postman.reset()
            _end_polls()
            _forget_everything()
            self._known.reset()
            self.knobs.reset()
            self._log.clear()
            self._history.clear()
            self._decisions.clear()
            if self._application is not None:
                self._application.failures.clear()

    def drain(self, timeout: float = 10.0) -> None:
        """Wait until no event is under way any more. Queues keep their messages. Raises ``TimeoutError``."""
        if not self._postman.idle(timeout):
            raise TimeoutError(
                f"{self._postman.under_way()} events are still under way after {timeout} seconds"
            )

    def finish_stacks(self, timeout: float = 30.0) -> None:
        """Wait until no stack and no stack set is being changed any more. Raises ``TimeoutError``."""
        if not self._plane.idle(timeout):
            raise TimeoutError(f"stacks are still being changed after {timeout} seconds")

    def enabled_regions(self, account: str) -> tuple[str, ...]:
        """The regions of the lab that ``account`` has enabled: all but those that a knob disables."""
        return tuple(one for one in self.regions if not self.knobs.is_region_disabled(account, one))

    def organize(self, management: str, units: Mapping[str, Sequence[str]] | None = None) -> str:
        """Make an organisation with ``management`` as its management account. Returns its id.

        ``units``: accounts of the lab by the path of their unit, ``{"": [...], "prod/web": [...]}``; the empty path is
        the root. Units are made as needed; what is there already is added to. Raises ``OrganizationError``.
        """
        for account in (management, *(each for accounts in (units or {}).values() for each in accounts)):
            self.credentials(account)
        with self._lock:
            made = organization.found(management, units or {})
            self._plane.memberships_changed()
            return made.id

    def unit(self, management: str, path: str = "") -> str:
        """The id of a unit of the organisation, made if it is not there; of its root for the empty path."""
        with self._lock:
            return organization.found(management, {}).unit(path)

    def leave_organization(self, account: str) -> None:
        """Let an account leave its organisation. Raises ``OrganizationError``."""
        with self._lock:
            found = organization.organization_of(account)
            if found is None:
                raise organization.OrganizationError(f"{account} is in no organisation")
            found.leave(account)
            self._plane.memberships_changed()

    def calls(self) -> Counter[ApiCall]:
        """How often each API call was made since the last ``clear_calls`` or ``reset``, SQS polling left out."""
        return self._log.calls()

    def clear_calls(self) -> None:
        """Count calls from nothing again."""
        self._log.clear()

    def decisions(self) -> Counter[Decision]:
        """How often each permission was given or refused since the last ``clear_decisions`` or ``reset``.

        Calls with the lab's own keys need none, so they are not among them; but whether these may assume a role is.
        """
        return self._decisions.taken()

    def clear_decisions(self) -> None:
        """Count decisions from nothing again."""
        self._decisions.clear()

    def state(self) -> dict[str, Any]:
        """What ``GET /_lab/state`` shows: accounts, knobs, events, and everything that went wrong inside."""
        return {
            "accounts": list(self.accounts),
            "regions": list(self.regions),
            "knobs": self.knobs.settings(),
            "under_way": self._postman.under_way(),
            "events": dict(self._postman.counts),
            "dropped": [
                {"rule": one.rule_arn, "target": one.target_arn, "reason": one.reason}
                for one in self._postman.dropped
            ],
            "failures": [
                *self._postman.failures,
                *self._plane.failures,
                *(self._application.failures if self._application else []),
            ],
            "calls": sum(self._log.calls().values()),
        }

    def _post(self, bus: Bus, event: Envelope) -> None:
        # others' events, as they come by PutEvents, cannot call themselves so
        if event["detail-type"] == cloudtrail.DETAIL_TYPE and event["source"].startswith("aws."):
            self._history.add(event["detail"])
        for delay in self.knobs.fate().delays:
            self._postman.post(bus, event, delay)

    def _control(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if (method, path) == ("GET", "/_lab/state"):
            return 200, self.state()
        if (method, path) == ("GET", "/_lab/decisions"):
            return 200, [{**one._asdict(), "times": times} for one, times in self.decisions().items()]
        if (method, path) == ("POST", "/_lab/reset"):
            self.reset()
            return 200, self.state()
        if (method, path) == ("POST", "/_lab/knobs"):
            try:
                self.knobs.turn(json.loads(body or b"{}"))
            except (KnobError, ValueError) as error:
                return 400, {"error": str(error)}
            return 200, self.knobs.settings()
        return 404, {
            "error": f"the lab has no {method} {path}: GET /_lab/state, GET /_lab/decisions, POST /_lab/knobs, "
            "POST /_lab/reset"
        }


def _end_polls() -> None:
    for queue in sqs.queues():
        sqs.store_of(queue).close()


def _forget_everything() -> None:
    """Empty moto. Its own reset builds every backend anew, which takes half a second; they are made when used."""
    backends = internals.module("core.base_backend")
    s3_backends = internals.module("s3.models").s3_backends
    for _, _, backend in list(s3_backends.iter_backends()):
        backend.reset()  # closes the files of the objects
    with backends.backend_lock:
        for instance in list(backends.BackendDict._instances):
            instance.clear()
        backends.BackendDict._instances.clear()
    s3_backends.bucket_accounts.clear()
    internals.module("organizations.models").organizations_backends.master_accounts.clear()
    internals.module("core.model_instances").reset_model_data()
