"""A client of Carillon: publish events, handle them durably, query them, verify webhooks."""

from .client import Carillon
from .errors import (
    BadAnswerError,
    CarillonError,
    CertificateError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    MissingPackageError,
    NotFoundError,
    ProblemError,
    QuotaError,
    ServerFaultError,
    SignatureError,
    TransportError,
    UnauthenticatedError,
    UnavailableError,
    UnreachableError,
)
from .hands import Reject, Retry, WorkerStats
from .jobs import Enqueued, Job, JobState, JobWorker, Jobs, NewJob, Progress
from .models import Bucket, Delivery, Event, NewEvent, Receipt, new_id
from .outbox import Outbox
from .schedules import DelayedEvent, Schedule, Schedules
from .version import VERSION
from .webhooks import WebhookMessage, verify_webhook, webhook_secret
from .worker import Worker

__version__ = VERSION

__all__ = [
    "BadAnswerError",
    "Bucket",
    "Carillon",
    "CarillonError",
    "CertificateError",
    "ConflictError",
    "DelayedEvent",
    "Delivery",
    "Enqueued",
    "Event",
    "ForbiddenError",
    "InvalidError",
    "Job",
    "JobState",
    "JobWorker",
    "Jobs",
    "MissingPackageError",
    "NewEvent",
    "NewJob",
    "NotFoundError",
    "Outbox",
    "ProblemError",
    "Progress",
    "QuotaError",
    "Receipt",
    "Reject",
    "Retry",
    "Schedule",
    "Schedules",
    "ServerFaultError",
    "SignatureError",
    "TransportError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnreachableError",
    "WebhookMessage",
    "Worker",
    "WorkerStats",
    "new_id",
    "verify_webhook",
    "webhook_secret",
]
