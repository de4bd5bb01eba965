"""What calls raise: one class per kind of answer, so that a program can tell them apart."""

from __future__ import annotations

from typing import Any, Mapping, Optional


class CarillonError(Exception):
    """Everything that this package raises on its own account."""


class TransportError(CarillonError):
    """There was no answer that could be used: the request may or may not have been carried out."""


class UnreachableError(TransportError):
    """No connection, or no complete answer in time."""


class CertificateError(UnreachableError):
    """The node's certificate is not accepted; another attempt does not help."""


class BadAnswerError(TransportError):
    """An answer that no Carillon node gives."""


class ProblemError(CarillonError):
    """The node refused the request: an RFC 9457 problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: Optional[str] = None,
        field: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        where = f" ({field})" if field else ""
        super().__init__(f"{status} {code}: {detail or title}{where}")
        #: The HTTP status.
        self.status = status
        #: What to go by; docs/protocol.md lists the codes. Empty if the answer had none.
        self.code = code
        self.title = title
        #: For people.
        self.detail = detail
        #: The member, parameter or header at fault.
        self.field = field
        #: Seconds, as the answer asked for.
        self.retry_after = retry_after

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in TEMPORARY


class InvalidError(ProblemError):
    """The request or the event is not valid (400, 413, 415, 422)."""


class UnauthenticatedError(ProblemError):
    """The key is missing, unknown or was removed (401)."""


class ForbiddenError(ProblemError):
    """The key does not permit this (403)."""


class NotFoundError(ProblemError):
    """There is no such thing, or the key does not see it (404)."""


class ConflictError(ProblemError):
    """It contradicts what is stored (409)."""


class QuotaError(ProblemError):
    """The caller has used up its share (429)."""


class UnavailableError(ProblemError):
    """The node or its store is not available at the moment (408, 502, 503, 504)."""


class ServerFaultError(ProblemError):
    """The node failed (any other 5xx)."""


class SignatureError(CarillonError):
    """A webhook message is not valid; the text says why."""


class MissingPackageError(CarillonError):
    """A feature needs an optional package that is not installed."""


#: Statuses after which the same request is worth another attempt.
TEMPORARY = frozenset({408, 429, 502, 503, 504})

_KINDS: Mapping[int, type[ProblemError]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    413: InvalidError,
    415: InvalidError,
    422: InvalidError,
    408: UnavailableError,
    429: QuotaError,
    502: UnavailableError,
    503: UnavailableError,
    504: UnavailableError,
}


def problem_from(status: int, document: Any, retry_after: Optional[float] = None) -> ProblemError:
    """The error of a problem document; any other document, as a proxy may send, gives its status."""
    members = document if isinstance(document, dict) else {}

    def text(name: str) -> Optional[str]:
        value = members.get(name)
        return value if isinstance(value, str) else None

    kind = _KINDS.get(status) or (ServerFaultError if status >= 500 else ProblemError)
    return kind(
        status,
        text("code") or "",
        text("title") or "the request was refused",
        text("detail"),
        text("field"),
        retry_after,
    )
