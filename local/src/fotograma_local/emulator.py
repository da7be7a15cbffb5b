"""MiniStack, for who knows its keys: `python -m fotograma_local.emulator`.

MiniStack asks nobody who they are, and lets every web page read what it answers. Here a request
passes that is signed with the secret key in the environment (AWS Signature Version 4), as boto3
signs; MiniStack's own pages, of which AWS knows nothing, want the key in a header.
"""

import hmac
import os
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack import app as ministack

from fotograma_local.aws import KEY_HEADER

MAX_BODY_BYTES = 16 * 1024**2
"""More than DynamoDB takes at once."""

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)"
    r"/aws4_request, ?SignedHeaders=(?P<headers>[^,]+), ?Signature=(?P<signature>[0-9a-f]{64})"
)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Guard:
    """An application for who knows the keys."""

    def __init__(self, app: App, credentials: Credentials) -> None:
        self._app = app
        self._credentials = credentials

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        if scope["type"] != "http":
            return
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        body = b"" if "authorization" not in headers else await _read(receive)
        if self._bears_key(headers):
            await self._app(scope, receive, _without_cors(send))
        elif body is not None and self._is_signed(scope, headers, body):
            await self._app(scope, _again(body, receive), _without_cors(send))
        else:
            await _refuse(send)

    def _bears_key(self, headers: Mapping[str, str]) -> bool:
        given = headers.get(KEY_HEADER.lower(), "").encode()
        return hmac.compare_digest(given, self._credentials.secret_key.encode())

    def _is_signed(self, scope: Scope, headers: Mapping[str, str], body: bytes) -> bool:
        found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
        if found is None or "x-amz-date" not in headers:
            return False
        query = scope["query_string"].decode("latin-1")
        request = AWSRequest(
            method=scope["method"],
            url=f"http://{headers.get('host', '')}{scope['raw_path'].decode('latin-1')}?{query}",
            headers={name: headers.get(name, "") for name in found["headers"].split(";")},
            data=body,
        )
        request.context["timestamp"] = headers["x-amz-date"]
        signer = SigV4Auth(self._credentials, found["service"], found["region"])
        text = signer.string_to_sign(request, signer.canonical_request(request))
        return hmac.compare_digest(signer.signature(text, request), found["signature"])


async def _read(receive: Receive) -> bytes | None:
    """A request's body; `None` where it is too large, or does not end."""
    body = bytearray()
    while len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
    return None


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read, and then what comes after it."""
    rest = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> Message:
        return rest.pop() if rest else await receive()

    return give


def _without_cors(send: Send) -> Send:
    """Tell no page of another origin that it may read an answer."""

    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = message.get("headers", [])
            message["headers"] = [
                (name, value)
                for name, value in headers
                if not name.lower().startswith(b"access-control-")
            ]
        await send(message)

    return forward


async def _refuse(send: Send) -> None:
    body = b'{"__type":"AccessDeniedException","message":"Not signed with the key of this server"}'
    headers = [(b"content-type", b"application/x-amz-json-1.0"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve MiniStack as its environment says."""
    keys = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    ministack.app = Guard(ministack.app, keys)
    ministack.main()


if __name__ == "__main__":
    main()
