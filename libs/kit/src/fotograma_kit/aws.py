"""boto3 in a bounded thread pool, and botocore's errors as two: unavailable, or refused."""

import asyncio
import contextvars
import copy
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import create_loader
from prometheus_client import Counter

from fotograma_kit.settings import AwsSettings
from fotograma_kit.telemetry import call

_ATTEMPTS = 3
_models = create_loader()
"""What botocore knows of each service. To read S3's takes a fifth of a second: once is enough."""
_hooks = HierarchicalEmitter()
"""botocore's own handlers of its events: some hundreds, which each session would register anew."""
botocore.session.Session(event_hooks=_hooks)  # registers them
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
THROTTLED = Counter(
    "fotograma_aws_throttled", "Calls that a service of AWS refused as too many", ["aws_service"]
)
_TOLD = {
    "Bucket": "aws.s3.bucket",
    "Key": "aws.s3.key",
    "QueueUrl": "aws.sqs.queue.url",
    "TableName": "db.collection.name",
}
"""Parameters that a span tells, where they are text: DynamoDB's keys are not."""
_NEVER_SENT = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
"""Raised before a request leaves. After any other error it may have been carried out."""


class AwsError(Exception):
    """A call to AWS failed."""


class AwsUnavailable(AwsError):
    """The service did not answer, or asked to come back later: trying again may help.

    `was_sent` is whether it may have carried the request out: a lost answer or an internal error
    may follow the effect, throttling and a connection that was never made do not.
    """

    def __init__(self, message: str, *, was_sent: bool = True) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class AwsRefused(AwsError):
    """The service refused the request. `code` is its own of the reason, `status` HTTP's."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code} ({status}): {message}")
        self.code = code
        self.status = status


def new_session() -> boto3.Session:
    """A session of its own: boto3's default one keeps the credentials that it found first."""
    session = botocore.session.Session(
        event_hooks=copy.copy(_hooks), include_builtin_handlers=False
    )
    session.register_component("data_loader", _models)
    return boto3.Session(botocore_session=session)


class AwsClient:
    """One AWS service. `call` runs a boto3 method in a thread of this client's own pool.

    `attempts` counts the first one. A call that must not happen twice gets one: after a lost
    answer boto3 would make it again.
    """

    def __init__(
        self,
        service: str,
        settings: AwsSettings,
        endpoint_url: str | None,
        *,
        attempts: int = _ATTEMPTS,
    ) -> None:
        self._service = service
        THROTTLED.labels(service)  # shown before the first one
        self._pool = ThreadPoolExecutor(settings.aws_threads, thread_name_prefix=service)
        self.boto3: Any = new_session().client(
            service,
            region_name=settings.aws_region,
            endpoint_url=endpoint_url,
            config=Config(
                connect_timeout=settings.aws_connect_seconds,
                read_timeout=settings.aws_read_seconds,
                max_pool_connections=settings.aws_threads,
                retries={"mode": "standard", "total_max_attempts": attempts},
                signature_version="s3v4" if service == "s3" else None,
                # Other stores do not know S3's newer default checksums, and those of the parts
                # of an upload are asked for where they are wanted.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.boto3.close()

    async def call(self, method: str, **parameters: Any) -> Any:
        """Call a client method by its boto3 name. Raises `AwsUnavailable` or `AwsRefused`."""
        about = self._about(method, parameters)
        with call(f"{self._service} {method}", about, failure=AwsUnavailable):
            return await self.run(partial(getattr(self.boto3, method), **parameters))

    def _about(self, method: str, parameters: Mapping[str, Any]) -> dict[str, str]:
        """A span's attributes, by the semantic conventions of AWS's SDK."""
        meta = self.boto3.meta
        operation = meta.method_to_api_mapping[method]
        told = {
            "rpc.system.name": "aws-api",
            "rpc.method": f"{meta.service_model.service_id}/{operation}",
            **{
                name: value
                for key, name in _TOLD.items()
                if isinstance(value := parameters.get(key), str)
            },
        }
        if self._service == "dynamodb":
            told |= {"db.system.name": "aws.dynamodb", "db.operation.name": operation}
        return told

    async def run(self, function: Any) -> Any:
        """Run a function that calls boto3, with the same pool and errors as `call`."""
        try:
            context = contextvars.copy_context()
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, context.run, function
            )
        except ClientError as error:
            if _code(error) in _THROTTLED:
                THROTTLED.labels(self._service).inc()
            raise _translated(error) from error
        except BotoCoreError as error:
            was_sent = not isinstance(error, _NEVER_SENT)
            raise AwsUnavailable(f"{self._service}: {error}", was_sent=was_sent) from error


def _translated(error: ClientError) -> AwsError:
    code = _code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if status >= 500 or code in _THROTTLED:
        refused = 0 < status < 500 or status == HTTPStatus.SERVICE_UNAVAILABLE
        return AwsUnavailable(str(error), was_sent=not refused)
    return AwsRefused(code, status, str(error))


def _code(error: ClientError) -> str:
    code: str = error.response.get("Error", {}).get("Code", "Unknown")
    return code
