"""The error tree. Codes are the same over MCP, HTTP, comm messages and the command line."""

from __future__ import annotations

from typing import Any, ClassVar


class PeerPlanError(Exception):
    """Something a person or an agent can mend.

    `message` names what came and what was expected, `hint` what to do next,
    `data` the facts a program needs (JSON values only).
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    """The HTTP status that carries this error."""
    exit_code: ClassVar[int] = 1
    """The exit code of a command that ends with this error."""

    def __init__(self, message: str, *, hint: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data = data

    def to_wire(self) -> dict[str, Any]:
        """The error as it travels: `{"code", "message", "hint", "data"}`."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "data": self.data}


class InvalidInputError(PeerPlanError):
    """The input does not have the expected form."""

    code = "invalid_input"
    exit_code = 2


class NotFoundError(PeerPlanError):
    """A plan, or something in one, does not exist."""

    code = "not_found"
    status = 404
    exit_code = 3


class StaleError(PeerPlanError):
    """The caller acted on a state that has changed since; `data["current"]` is the state now."""

    code = "stale"
    status = 409
    exit_code = 4


class ForbiddenError(PeerPlanError):
    """The actor may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 5


class TooLargeError(PeerPlanError):
    """A limit was passed; the message names both numbers."""

    code = "too_large"
    status = 413
    exit_code = 6


class UnsafePathError(InvalidInputError):
    """A path leaves its folder or cannot be a file name everywhere."""

    code = "unsafe_path"


class UnsupportedSchemaError(PeerPlanError):
    """The plan was written by a newer peerplan."""

    code = "unsupported_schema"
    exit_code = 7


class DocumentError(PeerPlanError):
    """Bytes that are not a usable review document, or a document that broke."""

    code = "document"
    status = 422
    exit_code = 8


class ProtocolError(PeerPlanError):
    """A peer sent something the protocol does not allow."""

    code = "protocol"
    status = 422
    exit_code = 8


class IntegrityError(PeerPlanError):
    """Bytes do not have the hash that was recorded for them."""

    code = "integrity"
    status = 422
    exit_code = 9


class GitError(PeerPlanError):
    """git could not do what was asked."""

    code = "git"
    status = 502
    exit_code = 10


class PushRejectedError(GitError):
    """The remote did not take the plan branch."""

    code = "push_rejected"


class UnreachableError(PeerPlanError):
    """A remote, a server or a peer did not answer."""

    code = "unreachable"
    status = 504
    exit_code = 11


class StorageError(PeerPlanError):
    """The journal or another local file cannot be read or written."""

    code = "storage"
    status = 507
    exit_code = 12


class AlreadyRunningError(PeerPlanError):
    """The same person runs the same task already; `data` says in which process."""

    code = "already_running"
    status = 409
    exit_code = 13
