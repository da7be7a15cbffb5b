"""The HTTP API over real servers. Tokens are the kit's business: here names stand for them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from asgi_lifespan import LifespanManager
from fixtures.notify_stack import Stack, User
from fixtures.problems import blamed
from fotograma_contracts.users import Locale
from fotograma_kit.problems import Unauthenticated
from fotograma_kit.tokens import Principal, Role
from fotograma_notify.app import create_api, create_background
from fotograma_notify.domain import Recipient, Tombstone
from httpx import ASGITransport, AsyncClient, Response

SERVICE, ADMIN = {"Authorization": "Bearer video"}, {"Authorization": "Bearer admin"}


def bearer(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {user.user_id}"}


async def authenticate(token: str) -> Principal:
    match token:
        case "nobody":
            raise Unauthenticated
        case "video":
            return Principal("video", Role.SERVICE, 0)
        case "admin":
            return Principal(str(uuid4()), Role.ADMIN, 0)
        case user_id:
            return Principal(user_id, Role.USER, 0)


@pytest.fixture
async def api(stack: Stack) -> AsyncIterator[AsyncClient]:
    app = create_api(stack.settings)
    async with LifespanManager(app):
        app.state.authenticate = authenticate
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://notify") as client:
            yield client


@pytest.fixture
async def ana(stack: Stack) -> User:
    ana = User()
    recipient = Recipient(ana.user_id, 1, ana.email, Locale.ENGLISH)
    await stack.repository.put_recipient(recipient)
    return ana


def notification(user: User, **changed: Any) -> dict[str, Any]:
    return {"user_id": str(user.user_id), "subject": "Hello", "text": "How\nare you?"} | changed


async def request(
    api: AsyncClient, body: dict[str, Any], key: str = "key-1", who: dict[str, str] = SERVICE
) -> Response:
    return await api.post("/notify/notification", json=body, headers=who | {"Idempotency-Key": key})


def assert_problem(answer: Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_notification_is_mailed_once(api: AsyncClient, stack: Stack, ana: User) -> None:
    first = await request(api, notification(ana))
    again = await request(api, notification(ana))
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json()
    async with stack.background():
        (mail,) = await stack.until_mailed(ana)
        await stack.until_statuses(ana, "sent")
        await stack.until_queue_is_empty(stack.settings.notify_mail_queue_url)
    assert mail["Subject"] == "Hello"
    assert "How\nare you?" in mail["BodyText"]
    assert len(await stack.mails(ana)) == 1
    assert (await request(api, notification(ana))).json()["status"] == "sent"


async def test_notification_is_for_services_and_administrators(api: AsyncClient, ana: User) -> None:
    assert (await request(api, notification(ana), who=ADMIN)).status_code == 202
    assert_problem(await request(api, notification(ana), who=bearer(ana)), 403, "forbidden")
    nobody = {"Authorization": "Bearer nobody"}
    assert_problem(await request(api, notification(ana), who=nobody), 401, "unauthenticated")
    assert_problem(await request(api, notification(ana), who={}), 401, "unauthenticated")


@pytest.mark.parametrize(
    "changed",
    [
        {"subject": ""},
        {"subject": "a\r\nBcc: b@example.com"},
        {"subject": "x" * 121},
        {"text": ""},
        {"text": "a\x00b"},
        {"text": "x" * 10_001},
        {"user_id": "ana"},
        {"to": "somebody@example.com"},
    ],
)
async def test_broken_notification_is_refused(
    api: AsyncClient, ana: User, changed: dict[str, Any]
) -> None:
    assert_problem(await request(api, notification(ana, **changed)), 422, "invalid_request")


async def test_notification_needs_a_key(api: AsyncClient, ana: User) -> None:
    answer = await api.post("/notify/notification", json=notification(ana), headers=SERVICE)
    assert_problem(answer, 422, "invalid_request")


async def test_key_stands_for_one_notification(api: AsyncClient, ana: User) -> None:
    await request(api, notification(ana))
    answer = await request(api, notification(ana, text="Another text"))
    assert_problem(answer, 422, "idempotency_key_reused")
    assert blamed(answer) == [("header.Idempotency-Key", "invalid", None)]


async def test_notification_needs_a_recipient(api: AsyncClient, stack: Stack, ana: User) -> None:
    assert_problem(await request(api, notification(User())), 404, "recipient_unknown")
    await stack.repository.bury(Tombstone(ana.user_id, 2))
    assert_problem(await request(api, notification(ana)), 410, "recipient_gone")


async def test_deliveries_are_ones_own_newest_first(
    api: AsyncClient, stack: Stack, ana: User
) -> None:
    bob = User()
    await stack.repository.put_recipient(Recipient(bob.user_id, 1, bob.email, Locale.ENGLISH))
    await request(api, notification(bob), key="bob")
    for number in range(3):
        await request(api, notification(ana, subject=f"Number {number}"), key=f"ana-{number}")

    first = (await api.get("/notify/deliveries", params={"limit": 2}, headers=bearer(ana))).json()
    assert [item["about"] for item in first["items"]] == ["Number 2", "Number 1"]
    parameters = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await api.get("/notify/deliveries", params=parameters, headers=bearer(ana))).json()
    (item,) = second["items"]
    assert second["next_cursor"] is None
    assert {name: item[name] for name in ("kind", "status", "reason", "about", "video_id")} == {
        "kind": "notification",
        "status": "pending",
        "reason": None,
        "about": "Number 0",
        "video_id": None,
    }


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"cursor": "nonsense"}, "invalid_cursor"),
        ({"limit": 0}, "invalid_request"),
        ({"limit": 101}, "invalid_request"),
    ],
)
async def test_broken_page_is_refused(
    api: AsyncClient, ana: User, parameters: dict[str, Any], code: str
) -> None:
    answer = await api.get("/notify/deliveries", params=parameters, headers=bearer(ana))
    assert_problem(answer, 422, code)


async def test_services_have_no_deliveries(api: AsyncClient) -> None:
    for path in ("/notify/deliveries", "/notify/preferences"):
        assert_problem(await api.get(path, headers=SERVICE), 403, "forbidden")


async def test_preferences_are_kept(api: AsyncClient, ana: User) -> None:
    answer = await api.get("/notify/preferences", headers=bearer(ana))
    assert answer.json() == {
        "email_on_processed": True,
        "email_on_failed": True,
        "email_on_expiring": True,
        "locale": None,
    }
    wanted = {
        "email_on_processed": False,
        "email_on_failed": True,
        "email_on_expiring": False,
        "locale": "pt",
    }
    answer = await api.put("/notify/preferences", json=wanted, headers=bearer(ana))
    assert (answer.status_code, answer.json()) == (200, wanted)
    assert (await api.get("/notify/preferences", headers=bearer(ana))).json() == wanted


@pytest.mark.parametrize("body", [{"locale": "fr"}, {"email_on_everything": True}])
async def test_broken_preferences_are_refused(
    api: AsyncClient, ana: User, body: dict[str, Any]
) -> None:
    answer = await api.put("/notify/preferences", json=body, headers=bearer(ana))
    assert_problem(answer, 422, "invalid_request")


async def test_ready_says_which_dependency_is_down(api: AsyncClient, stack: Stack) -> None:
    assert (await api.get("/health/ready")).json() == {
        "status": "ok",
        "checks": {"dynamodb": "ok", "sqs": "ok"},
    }
    without_sqs = stack.settings.model_copy(update={"sqs_endpoint_url": "http://127.0.0.1:9"})
    app = create_api(without_sqs)
    async with LifespanManager(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://notify") as client:
            answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["checks"]["dynamodb"] == "ok"
    assert answer.json()["checks"]["sqs"].startswith("down")


async def test_request_that_could_not_be_queued_can_be_repeated(stack: Stack, ana: User) -> None:
    without_sqs = stack.settings.model_copy(update={"sqs_endpoint_url": "http://127.0.0.1:9"})
    for settings, status in ((without_sqs, 503), (stack.settings, 202)):
        app = create_api(settings)
        async with LifespanManager(app):
            app.state.authenticate = authenticate
            transport = ASGITransport(app, raise_app_exceptions=False)
            async with AsyncClient(transport=transport, base_url="http://notify") as client:
                assert (await request(client, notification(ana))).status_code == status
    assert await stack.queue_size(stack.settings.notify_mail_queue_url) == 1
    assert len(await stack.deliveries(ana)) == 1


async def test_background_tells_its_health_and_metrics(stack: Stack, ana: User) -> None:
    app = create_background(stack.settings)
    async with LifespanManager(app):
        await stack.publish(ana.processed())
        await stack.until_statuses(ana, "sent")
        transport = ASGITransport(app)
        async with AsyncClient(transport=transport, base_url="http://notify") as client:
            ready = (await client.get("/health/ready")).json()
            metrics = (await client.get("/metrics")).text
    assert ready["checks"] == {"dynamodb": "ok", "sqs": "ok", "rabbitmq": "ok"}
    for sample in (
        'fotograma_mail_deliveries_total{kind="video.processed",outcome="sent"}',
        "fotograma_mail_uncertain ",
        'fotograma_sqs_messages{queue="mail",state="waiting"}',
        'fotograma_sqs_age_seconds{queue="mail"}',
    ):
        assert sample in metrics
