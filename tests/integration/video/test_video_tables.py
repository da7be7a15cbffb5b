"""What the migrations make is what the models describe."""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from fotograma_kit.database import Database
from fotograma_kit.settings import DatabaseSettings
from fotograma_video.models import Base
from pydantic import SecretStr
from sqlalchemy import Connection


async def test_migrations_create_the_tables_of_the_models(video_database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    database = Database(DatabaseSettings(database_url=SecretStr(video_database_url)))
    try:
        async with database.transaction() as session:
            connection = await session.connection()
            assert await connection.run_sync(differences) == []
    finally:
        await database.close()
