"""The JSON Schema of every message, for readers in other languages and for reviews.

`python -m fotograma_contracts.schemas FOLDER` writes one file per routing key. A test holds the
committed files against the classes, so that no message changes unnoticed.
"""

import json
import sys
from pathlib import Path

from fotograma_contracts.base import Message
from fotograma_contracts.topology import MESSAGES, routing_key_of


def schema_of(message: type[Message]) -> str:
    """The message's JSON Schema as it is sent, formatted."""
    schema = message.model_json_schema(mode="serialization")
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"


def file_name_of(message: type[Message]) -> str:
    """The name of the message's file."""
    return f"{routing_key_of(message)}.json"


def write_schemas(folder: Path) -> None:
    """Write all schemas into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for message in MESSAGES:
        (folder / file_name_of(message)).write_text(schema_of(message))


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
