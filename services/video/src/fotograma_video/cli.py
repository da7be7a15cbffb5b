"""`fotograma-video`: what operators run."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated

import typer
from fotograma_kit.database import Database
from fotograma_kit.migrations import commands
from fotograma_kit.settings import DatabaseSettings
from pydantic import SecretStr

from fotograma_video import dead_letters
from fotograma_video.admin.schemas import ExtractionForAdmin
from fotograma_video.app import create_api
from fotograma_video.domain import ExtractionStatus
from fotograma_video.extractions.repository import ExtractionRepository
from fotograma_video.models import Extraction
from fotograma_video.settings import ApiSettings

app = typer.Typer(help="Operate the video service.", no_args_is_help=True)
app.add_typer(commands("fotograma_video.migrations"))
app.add_typer(dead_letters.app, name="dead-letters")


@app.command()
def extractions(
    status: Annotated[ExtractionStatus | None, typer.Option(help="In this state only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many, from the newest on.")] = 100,
) -> None:
    """Print all users' extractions in the database at DATABASE_URL, one JSON object a line."""
    for extraction in asyncio.run(_extractions(status, limit)):
        typer.echo(ExtractionForAdmin.of(extraction).model_dump_json())


@app.command()
def openapi() -> None:
    """Print the API's description."""
    typer.echo(openapi_document(), nl=False)


def openapi_document() -> str:
    """The OpenAPI document, as it is committed."""
    # Building the app connects to nothing, so that these need not exist.
    settings = ApiSettings(
        database_url=SecretStr("postgresql+asyncpg://"),
        rabbitmq_url=SecretStr("amqp://"),
        s3_bucket="bucket",
        jwks_url="http://auth",
        video_url_signing_keys=(SecretStr("x" * 32),),
    )
    description = create_api(settings).openapi()
    return json.dumps(description, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


async def _extractions(status: ExtractionStatus | None, limit: int) -> Sequence[Extraction]:
    database = Database(DatabaseSettings())
    try:
        async with database.transaction() as session:
            return await ExtractionRepository(session).page(
                status=status, owner_id=None, after=None, limit=limit
            )
    finally:
        await database.close()


if __name__ == "__main__":
    app()
