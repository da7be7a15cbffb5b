"""`fotograma-video`: what operators run."""

import json

import typer
from fotograma_kit.migrations import upgrade
from fotograma_kit.settings import DatabaseSettings
from pydantic import SecretStr

from fotograma_video.app import create_api
from fotograma_video.settings import VideoSettings

app = typer.Typer(help="Operate the video service.", no_args_is_help=True)


@app.command()
def migrate() -> None:
    """Bring the database at DATABASE_URL to the newest revision."""
    upgrade("fotograma_video.migrations", DatabaseSettings().database_url.get_secret_value())


@app.command()
def openapi() -> None:
    """Print the API's description."""
    typer.echo(openapi_document(), nl=False)


def openapi_document() -> str:
    """The OpenAPI document, as it is committed."""
    # Building the app connects to nothing, so that these need not exist.
    settings = VideoSettings(
        database_url=SecretStr("postgresql+asyncpg://"),
        rabbitmq_url=SecretStr("amqp://"),
        s3_bucket="bucket",
        jwks_url="http://auth",
    )
    description = create_api(settings).openapi()
    return json.dumps(description, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    app()
