"""The policies of AWS Transfer Family on servers."""

from __future__ import annotations

from typing import Any

from liveaudit.model import Severity, Verdict, failed, passed
from liveaudit.policies.shapes import UnexpectedShapeError, mapping, rule, texts
from liveaudit.services.transfer.resources import server as server_type


@rule(
    server_type,
    "transfer_server_in_transit_encryption_enabled",
    Severity.HIGH,
    title="Transfer servers do not speak plain FTP",
    why="FTP sends passwords and files readable over the network.",
    fix="Take FTP from the server's protocols; SFTP and FTPS do the same encrypted.",
)
def speaks_no_ftp(server: Any) -> Verdict:
    """FSBP Transfer.2; Transfer Family user guide, "Configuring an SFTP, FTPS, or FTP server endpoint"."""
    protocols = texts(mapping(server, "the server").get("Protocols"), "Protocols")
    if not protocols:
        raise UnexpectedShapeError("the server has no protocol")
    if "FTP" in protocols:
        return failed("FTP is among the protocols", Protocols=protocols)
    return passed(f"the protocols are {', '.join(protocols)}")
