"""The walls between packages hold: each wrong import below is caught by the contract it is for.

A row is a file, an import it must not have, and the contract that forbids it. A new wall gets a
row; one that is not caught is a hole in its wall.
"""

from pathlib import Path

import pytest
from fixtures.walls import WrongImport, caught

pytestmark = pytest.mark.middle

WORKER = "fotograma_worker"
NO_CREDENTIALS = "What runs beside hostile bytes knows no credential, no broker, no AWS"
NO_DECODERS = "No decoder is ever loaded beside a credential"
ENGINE_LAYERS = "Layers of the worker's engine"
WEB = "Only apps, routes, their dependencies and the kit's web part know the web framework"
AMQP = "Only the kit's broker speaks AMQP"
AWS = "Only adapters speak to AWS"
VIDEO = "fotograma_video"
VIDEO_LAYERS = "Layers of video"
AUTH = "fotograma_auth"
AUTH_LAYERS = "Layers of auth"
AUTH_ROUTES = "Layers of auth's routes"
NOTIFY = "fotograma_notify"
NOTIFY_LAYERS = "Layers of notify"
NOTIFY_STORE = "Layers of notify's store"
NOTIFY_LANGUAGES = "Layers of notify's languages"
CLI = "fotograma_cli"
CLI_LAYERS = "Layers of the command"
CLI_API = "Layers of the command's API"
CLI_UPLOADS = "Layers of the command's uploads"
CLI_COMMANDS = "Layers of the command's commands"
VIDEO_PACKAGES = "Layers inside the packages of video"
ARCHIVE_LAYERS = "Layers of the archive's format"
CONTRACT_LAYERS = "Layers of the contracts"
KIT_LAYERS = "Layers of the kit"
BROKER = "fotograma_kit/broker"
BROKER_LAYERS = "Layers of the kit's broker"
LOCAL_LAYERS = "Layers of the embedded stack"
INSTALLER = "fotograma_installer"
INSTALLER_LAYERS = "Layers of the installer"
DERIVED_LAYERS = "Layers of the installer's derived settings"
ARCHIVE = "The archive's format needs the standard library only"
CONTRACTS = "Contracts need pydantic only"
PACKAGES = "Nothing is built on the embedded stack; services are built on kit, kit on contracts"

WALLS = (
    # What runs beside hostile bytes
    (f"{WORKER}/engine/child.py", "import aio_pika", NO_CREDENTIALS),
    (f"{WORKER}/engine/ffmpeg_child.py", "import boto3", NO_CREDENTIALS),
    (f"{WORKER}/engine/ffmpeg_engine.py", "from botocore import session", NO_CREDENTIALS),
    (f"{WORKER}/engine/ffmpeg_child.py", f"from {WORKER} import settings", NO_CREDENTIALS),
    (f"{WORKER}/engine/forkserver.py", f"from {WORKER} import settings", NO_CREDENTIALS),
    (f"{WORKER}/engine/media.py", "import pydantic_settings", NO_CREDENTIALS),
    (f"{WORKER}/engine/sandbox/enter.py", "import fastapi", NO_CREDENTIALS),
    (f"{WORKER}/engine/output.py", "from fotograma_kit import tasks", NO_CREDENTIALS),
    (f"{WORKER}/engine/output.py", f"from {WORKER}.jobs import source", NO_CREDENTIALS),
    (f"{WORKER}/engine/child.py", f"from {WORKER}.decoding import port", NO_CREDENTIALS),
    (f"{WORKER}/protocol.py", "import fotograma_kit.settings", NO_CREDENTIALS),
    (f"{WORKER}/sampling.py", "import boto3", NO_CREDENTIALS),
    # What holds credentials
    (f"{WORKER}/decoding/processes.py", "import av", NO_DECODERS),
    (f"{WORKER}/planning/formats.py", "import simplejpeg", NO_DECODERS),
    (f"{WORKER}/jobs/pieces.py", "from isal import isal_zlib", NO_DECODERS),
    (f"{WORKER}/app.py", "import ffmpeg", NO_DECODERS),
    ("fotograma_archive/zips.py", "import av", NO_DECODERS),
    (
        f"{WORKER}/jobs/extraction.py",
        f"from {WORKER}.engine import encoders",
        "The engine is executed, never imported",
    ),
    # Floors
    (f"{WORKER}/errors.py", f"from {WORKER} import sampling", "Layers of worker"),
    (f"{WORKER}/planning/plan.py", f"from {WORKER}.jobs import pieces", "Layers of worker"),
    (f"{WORKER}/leftovers.py", "", "Layers of worker"),
    (
        f"{WORKER}/jobs/pieces.py",
        f"from {WORKER}.jobs import archive",
        "Layers of the worker's jobs",
    ),
    (f"{WORKER}/jobs/leftovers.py", "", "Layers of the worker's jobs"),
    (
        f"{WORKER}/planning/formats.py",
        f"from {WORKER}.planning import segments",
        "Layers of the worker's planning",
    ),
    (f"{WORKER}/planning/leftovers.py", "", "Layers of the worker's planning"),
    (
        f"{WORKER}/decoding/processes.py",
        f"from {WORKER}.decoding import answers",
        "Layers of the worker's decoding",
    ),
    (f"{WORKER}/decoding/leftovers.py", "", "Layers of the worker's decoding"),
    (f"{WORKER}/engine/graphs.py", f"from {WORKER}.engine import pictures", ENGINE_LAYERS),
    (f"{WORKER}/engine/media.py", f"from {WORKER}.engine import reading", ENGINE_LAYERS),
    (f"{WORKER}/engine/leftovers.py", "", ENGINE_LAYERS),
    (
        f"{WORKER}/engine/sandbox/linux.py",
        f"from {WORKER}.engine.sandbox import landlock",
        "Layers of the worker's sandbox",
    ),
    (f"{WORKER}/engine/sandbox/leftovers.py", "", "Layers of the worker's sandbox"),
    (f"{VIDEO}/models.py", f"from {VIDEO}.selections import zip_layout", VIDEO_LAYERS),
    (f"{VIDEO}/extractions/estimates.py", f"from {VIDEO}.library import service", VIDEO_LAYERS),
    (f"{VIDEO}/frames/schemas.py", f"from {VIDEO}.selections import schemas", VIDEO_LAYERS),
    (f"{VIDEO}/domain.py", f"from {VIDEO} import errors", VIDEO_LAYERS),
    (f"{VIDEO}/leftovers.py", "", VIDEO_LAYERS),
    (f"{VIDEO}/frames/service.py", f"from {VIDEO}.frames import routes", VIDEO_PACKAGES),
    (f"{VIDEO}/users/repository.py", f"from {VIDEO}.users import quotas", VIDEO_PACKAGES),
    (f"{VIDEO}/upkeep/erasure.py", f"from {VIDEO}.upkeep import retention", VIDEO_PACKAGES),
    (f"{VIDEO}/extractions/leftovers.py", "", VIDEO_PACKAGES),
    (f"{AUTH}/domain.py", f"from {AUTH} import models", AUTH_LAYERS),
    (f"{AUTH}/repository.py", f"from {AUTH} import sessions", AUTH_LAYERS),
    (f"{AUTH}/eviction.py", f"from {AUTH} import links", AUTH_LAYERS),
    (f"{AUTH}/accounts.py", f"from {AUTH} import dependencies", AUTH_LAYERS),
    (f"{AUTH}/leftovers.py", "", AUTH_LAYERS),
    (f"{AUTH}/routes/admin.py", f"from {AUTH}.routes import tokens", AUTH_ROUTES),
    (f"{AUTH}/routes/leftovers.py", "", AUTH_ROUTES),
    (f"{NOTIFY}/domain.py", f"from {NOTIFY} import ports", NOTIFY_LAYERS),
    (f"{NOTIFY}/dispatcher.py", f"from {NOTIFY} import ses", NOTIFY_LAYERS),
    (f"{NOTIFY}/announcements.py", f"from {NOTIFY} import sqs", NOTIFY_LAYERS),
    (f"{NOTIFY}/deliveries.py", f"from {NOTIFY}.dynamodb import table", NOTIFY_LAYERS),
    (f"{NOTIFY}/leftovers.py", "", NOTIFY_LAYERS),
    (f"{NOTIFY}/dynamodb/table.py", f"from {NOTIFY}.dynamodb import ledger", NOTIFY_STORE),
    (f"{NOTIFY}/dynamodb/leftovers.py", "", NOTIFY_STORE),
    (
        f"{NOTIFY}/languages/portuguese.py",
        f"from {NOTIFY}.languages import english",
        NOTIFY_LANGUAGES,
    ),
    (f"{NOTIFY}/languages/leftovers.py", "", NOTIFY_LANGUAGES),
    (f"{CLI}/api/client.py", f"from {CLI} import library", CLI_LAYERS),
    (f"{CLI}/transfers.py", f"from {CLI}.commands import videos", CLI_LAYERS),
    (f"{CLI}/leftovers.py", "", CLI_LAYERS),
    (f"{CLI}/api/tokens.py", f"from {CLI}.api import client", CLI_API),
    (f"{CLI}/api/leftovers.py", "", CLI_API),
    (f"{CLI}/upload/source.py", f"from {CLI}.upload import direct", CLI_UPLOADS),
    (f"{CLI}/upload/leftovers.py", "", CLI_UPLOADS),
    (f"{CLI}/commands/videos.py", f"from {CLI}.commands import accounts", CLI_COMMANDS),
    (f"{CLI}/commands/leftovers.py", "", CLI_COMMANDS),
    ("fotograma_archive/names.py", "from fotograma_archive import frame_index", ARCHIVE_LAYERS),
    ("fotograma_archive/leftovers.py", "", ARCHIVE_LAYERS),
    ("fotograma_contracts/base.py", "from fotograma_contracts import recipe", CONTRACT_LAYERS),
    ("fotograma_contracts/users.py", "from fotograma_contracts import videos", CONTRACT_LAYERS),
    ("fotograma_contracts/leftovers.py", "", CONTRACT_LAYERS),
    ("fotograma_kit/problems.py", "from fotograma_kit import web", KIT_LAYERS),
    ("fotograma_kit/telemetry.py", "from fotograma_kit import aws", KIT_LAYERS),
    ("fotograma_kit/broker/client.py", "from fotograma_kit import outbox", KIT_LAYERS),
    ("fotograma_kit/settings.py", "from fotograma_kit import database", KIT_LAYERS),
    ("fotograma_kit/aws.py", "from fotograma_kit import s3", KIT_LAYERS),
    ("fotograma_kit/leftovers.py", "", KIT_LAYERS),
    (f"{BROKER}/publication.py", "from fotograma_kit.broker import retries", BROKER_LAYERS),
    (f"{BROKER}/topology.py", "from fotograma_kit.broker import client", BROKER_LAYERS),
    (f"{BROKER}/leftovers.py", "", BROKER_LAYERS),
    ("fotograma_local/ports.py", "from fotograma_local import stack", LOCAL_LAYERS),
    ("fotograma_local/leftovers.py", "", LOCAL_LAYERS),
    (f"{INSTALLER}/decisions.py", f"from {INSTALLER} import names", INSTALLER_LAYERS),
    (f"{INSTALLER}/leftovers.py", "", INSTALLER_LAYERS),
    (
        f"{INSTALLER}/derived/gitops.py",
        f"from {INSTALLER}.derived import terraform",
        DERIVED_LAYERS,
    ),
    (f"{INSTALLER}/derived/leftovers.py", "", DERIVED_LAYERS),
    (
        f"{INSTALLER}/checkout.py",
        "import fotograma_kit.aws",
        "What installs knows nothing of what is installed",
    ),
    # What needs little
    ("fotograma_archive/zips.py", "import pydantic", ARCHIVE),
    ("fotograma_archive/names.py", "import socket", ARCHIVE),
    ("fotograma_archive/frame_index.py", "from fotograma_contracts import recipe", ARCHIVE),
    ("fotograma_contracts/base.py", "import requests", CONTRACTS),
    ("fotograma_contracts/topology.py", "import aio_pika", CONTRACTS),
    ("fotograma_contracts/recipe.py", "from fotograma_archive import names", CONTRACTS),
    ("fotograma_kit/settings.py", "from fotograma_archive import names", PACKAGES),
    ("fotograma_contracts/users.py", "from fotograma_kit import settings", PACKAGES),
    ("fotograma_kit/tasks.py", "import fotograma_local.ports", PACKAGES),
    ("fotograma_kit/web.py", "import fotograma_auth.settings", PACKAGES),
    (
        "fotograma_cli/output.py",
        "from fotograma_archive import names",
        "The command for users needs nothing of the server",
    ),
    # What speaks to the world
    (f"{VIDEO}/uploads/direct_uploads.py", "import fastapi", WEB),
    (f"{VIDEO}/extractions/process_manager.py", "from starlette import requests", WEB),
    (f"{VIDEO}/http/signing.py", "import fastapi", WEB),
    (f"{WORKER}/planning/segments.py", "import starlette", WEB),
    ("fotograma_kit/outbox.py", "import fastapi", WEB),
    (f"{AUTH}/throttling.py", "import fastapi", WEB),
    (f"{AUTH}/schemas.py", "from starlette import requests", WEB),
    (f"{NOTIFY}/dispatcher.py", "import fastapi", WEB),
    (f"{NOTIFY}/consumers.py", "import starlette", WEB),
    (f"{VIDEO}/extractions/transitions.py", "import aio_pika", AMQP),
    (f"{NOTIFY}/consumers.py", "import aio_pika", AMQP),
    (f"{VIDEO}/consumers.py", "import aiormq", AMQP),
    ("fotograma_kit/outbox.py", "import aio_pika", AMQP),
    (f"{NOTIFY}/rendering.py", "import boto3", AWS),
    (f"{NOTIFY}/sqs.py", "from botocore import exceptions", AWS),
    (f"{NOTIFY}/ses.py", "from botocore import exceptions", AWS),
    (f"{NOTIFY}/dynamodb/repository.py", "import boto3", AWS),
    (f"{AUTH}/link_mailer.py", "import boto3", AWS),
    (f"{VIDEO}/extractions/transitions.py", "import boto3", AWS),
    ("fotograma_kit/broker/client.py", "from botocore import session", AWS),
    (f"{VIDEO}/storage.py", "from botocore import exceptions", AWS),
    (f"{WORKER}/jobs/assembly.py", "import boto3", AWS),
    (
        f"{VIDEO}/main.py",
        "import uvicorn",
        "Services are served, they start no server of their own",
    ),
)


def test_import_walls_each_wrong_import_is_caught_by_its_contract(tmp_path: Path) -> None:
    wrong = [WrongImport(*row) for row in WALLS]
    answers = zip(wrong, caught(wrong, tmp_path), strict=True)
    assert [each for each, is_caught in answers if not is_caught] == []
