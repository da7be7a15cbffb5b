"""Users' limits: one list of them, which settings, rows and bodies follow."""

from dataclasses import fields
from uuid import uuid4

import pytest
from fotograma_contracts.recipe import ImageFormat
from fotograma_video.admin.schemas import OwnLimitsBody, UserLimitsBody
from fotograma_video.models import UserQuota
from fotograma_video.settings import VideoSettings
from fotograma_video.users.limits import LIMITS, OwnLimits, UserLimits, setting_of
from fotograma_video.users.quotas import Account
from fotograma_video.users.repository import Usage
from fotograma_video.users.schemas import LimitsBody
from pydantic import SecretStr, TypeAdapter, ValidationError

SETTINGS = VideoSettings(
    database_url=SecretStr("postgresql+asyncpg://"),
    rabbitmq_url=SecretStr("amqp://"),
    s3_bucket="bucket",
    jwks_url="http://auth",
    video_max_videos=7,
    video_retention_days=9,
)


@pytest.mark.parametrize("kind", [OwnLimits, OwnLimitsBody, UserLimitsBody])
def test_limits_have_the_same_names_everywhere(kind: type[OwnLimits | UserLimits]) -> None:
    assert tuple(field.name for field in fields(kind)) == LIMITS
    assert set(LIMITS) <= set(UserQuota.__table__.columns.keys())
    assert {setting_of(name) for name in LIMITS} <= set(VideoSettings.model_fields)


def test_user_limits_are_the_settings_unless_an_administrator_set_others() -> None:
    quota = UserQuota(user_id=uuid4(), videos=0, retention_days=None)
    own = UserLimits.of(SETTINGS, quota)
    assert (own.videos, own.retention_days) == (0, 9)
    assert own.upload_bytes == SETTINGS.video_max_upload_bytes
    assert UserLimits.of(SETTINGS, None).videos == 7


def test_limits_body_names_each_limit_by_max() -> None:
    account = Account(UserLimits.of(SETTINGS, None), Usage(1, 2, 3, 4, 5))
    body = LimitsBody.of_account(SETTINGS, account)
    written = TypeAdapter(LimitsBody).dump_python(body, by_alias=True)
    expected = {f"max_{name}" for name in (*LIMITS, "frames", "pixels", "archive_bytes")}
    assert set(written) == expected | {"usage", "containers", "codecs", "bytes_per_pixel"}
    assert written["max_videos"] == 7
    assert written["bytes_per_pixel"].keys() == set(ImageFormat)
    assert written["usage"]["daily_upload_bytes"] == 3


@pytest.mark.parametrize(
    "wrong", [{"videos": -1}, {"upload_bytes": 2**53}, {"retention_days": 0}, {"frames": 1}]
)
def test_own_limits_body_refuses_what_is_no_limit(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(OwnLimitsBody).validate_python(wrong)
