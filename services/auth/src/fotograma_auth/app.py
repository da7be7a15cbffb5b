"""The only place that wires auth's parts together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI
from fotograma_kit.broker import Broker
from fotograma_kit.database import Database, Wakeup
from fotograma_kit.draining import draining
from fotograma_kit.outbox import CHANNEL, Relay
from fotograma_kit.rate_limits import RateLimits
from fotograma_kit.rate_table import RateTable
from fotograma_kit.tasks import periodically, running
from fotograma_kit.tokens import Verifier
from fotograma_kit.web import Api, create_web_app

from fotograma_auth.accounts import Accounts
from fotograma_auth.administration import Administration
from fotograma_auth.api_keys import ApiKeys, KeyRules
from fotograma_auth.clock import Clock, utc_now
from fotograma_auth.credentials import AccessPolicy, Credentials
from fotograma_auth.domain import DelayRule, WindowRule
from fotograma_auth.janitor import Janitor
from fotograma_auth.link_mailer import LinkMailer
from fotograma_auth.links import LinkLife, Links
from fotograma_auth.models import OutboxMessage, RateBucket
from fotograma_auth.page import Page
from fotograma_auth.passwords import Argon2Hasher, PasswordHasher
from fotograma_auth.recovery import Recovery
from fotograma_auth.routes import routers
from fotograma_auth.service_clients import ServiceClients
from fotograma_auth.sessions import SessionLife, Sessions
from fotograma_auth.settings import ApiSettings, BackgroundSettings, LimitSettings, LinkSettings
from fotograma_auth.signing_keys import AccessTokens, DeviceTokens, KeyRing
from fotograma_auth.throttling import Limits, LinkBudget, LinkPause, Throttle
from fotograma_auth.verification_sync import VerificationSync

_MAIL_WINDOW = timedelta(hours=1)


def create_api(
    settings: ApiSettings, *, hasher: PasswordHasher | None = None, now: Clock = utc_now
) -> FastAPI:
    """The HTTP process. Nothing is read or connected to before its lifespan begins."""
    database = Database(settings)
    limits = RateLimits(settings, RateTable(database, RateBucket), settings.auth_trusted_proxies)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            used = hasher
            if used is None:
                used = await stack.enter_async_context(Argon2Hasher(settings))
            _install(app, settings, database, used, now)
            await stack.enter_async_context(running(limits.run))
            yield

    return create_web_app(
        settings,
        service="auth",
        api=Api("/auth", routers, limits),
        checks={"postgres": database.ping},
        lifespan=lifespan,
    )


def create_background(settings: BackgroundSettings) -> FastAPI:
    """The process that publishes the outbox, mails links, syncs verification and tidies up."""
    database = Database(settings)
    broker = Broker(settings, "auth background")
    wakeup = Wakeup(settings, CHANNEL)
    relay = Relay("auth", OutboxMessage, database, broker, wakeup)
    pause = LinkPause(timedelta(seconds=settings.auth_link_pause_seconds), utc_now)
    link_mailer = LinkMailer(database, _links(settings, utc_now), pause, utc_now)
    verification_sync = VerificationSync(database, settings.auth_verification_sync_users)
    janitor = Janitor(database, timedelta(days=settings.auth_audit_days), utc_now)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(database.close)
            await stack.enter_async_context(broker)
            await stack.enter_async_context(
                draining(
                    wakeup.run,
                    relay.run,
                    partial(periodically, settings.auth_postman_seconds, link_mailer.work),
                    partial(
                        periodically,
                        settings.auth_verification_sync_seconds,
                        verification_sync.work,
                        first_after=settings.auth_verification_sync_wait_seconds,
                    ),
                    partial(periodically, settings.auth_janitor_seconds, janitor.sweep),
                    seconds=settings.drain_seconds,
                )
            )
            yield

    return create_web_app(
        settings,
        service="auth-background",
        checks={"postgres": database.ping, "rabbitmq": broker.ping},
        lifespan=lifespan,
    )


def _install(
    app: FastAPI, settings: ApiSettings, database: Database, hasher: PasswordHasher, now: Clock
) -> None:
    key_ring = KeyRing.load(settings.auth_signing_keys_dir)
    access_tokens = AccessTokens(
        key_ring, settings, timedelta(seconds=settings.auth_access_token_seconds)
    )
    life = SessionLife(
        refresh_token=timedelta(seconds=settings.auth_refresh_token_seconds),
        session=timedelta(seconds=settings.auth_session_seconds),
        grace=timedelta(seconds=settings.auth_refresh_grace_seconds),
    )
    policy = AccessPolicy(require_verified_email=settings.auth_require_verified_email)
    throttle = Throttle(database, _limits(settings), now)
    devices = DeviceTokens(key_ring, timedelta(seconds=settings.auth_device_seconds))
    credentials = Credentials(database, hasher, throttle, devices, now)
    links = _links(settings, now)
    api_keys = ApiKeys(
        database, credentials, throttle, policy, access_tokens, _key_rules(settings), now
    )
    app.state.authenticate = Verifier(key_ring, settings).verify
    app.state.parts = {
        ApiSettings: settings,
        KeyRing: key_ring,
        Page: Page(
            settings.public_url,
            settings.auth_refresh_token_seconds,
            settings.auth_device_seconds,
        ),
        Accounts: Accounts(
            database,
            hasher,
            credentials,
            throttle,
            links,
            now,
            registration_open=settings.auth_registration_open,
        ),
        Recovery: Recovery(database, hasher, throttle, links, now),
        Sessions: Sessions(database, credentials, policy, access_tokens, devices, life, now),
        ApiKeys: api_keys,
        Administration: Administration(database, now),
        ServiceClients: ServiceClients(settings.auth_service_clients, access_tokens, now),
    }


def _key_rules(settings: ApiSettings) -> KeyRules:
    return KeyRules(
        at_most=settings.auth_api_keys_per_user,
        life=timedelta(days=settings.auth_api_key_days),
        login_age=timedelta(seconds=settings.auth_recent_login_seconds),
    )


def _links(settings: LinkSettings, now: Clock) -> Links:
    life = LinkLife(
        verify=timedelta(seconds=settings.auth_verification_link_seconds),
        reset=timedelta(seconds=settings.auth_reset_link_seconds),
    )
    budget = LinkBudget(
        hourly=WindowRule(settings.auth_unverified_links_per_hour, _MAIL_WINDOW),
        daily=WindowRule(settings.auth_unverified_links_per_day, timedelta(days=1)),
        now=now,
    )
    return Links(life, budget, now)


def _limits(settings: LimitSettings) -> Limits:
    return Limits(
        password=DelayRule(
            free=settings.auth_login_free_attempts,
            first=timedelta(seconds=settings.auth_login_first_delay_seconds),
            longest=timedelta(seconds=settings.auth_login_longest_delay_seconds),
            forgotten_after=timedelta(seconds=settings.auth_login_forget_seconds),
        ),
        mail=WindowRule(settings.auth_mails_per_address, _MAIL_WINDOW),
        address=WindowRule(
            settings.auth_address_attempts,
            timedelta(seconds=settings.auth_address_window_seconds),
        ),
    )
