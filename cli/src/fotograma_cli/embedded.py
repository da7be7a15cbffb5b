"""`fotograma up`: the server on this machine, where the extra `local` is installed."""

from importlib import import_module
from pathlib import Path

from fotograma_cli.errors import CommandError


def run_embedded(
    *, port: int | None, data: Path | None, workers: int | None, https: bool, traces: bool
) -> int:
    """Run until Ctrl-C; returns the exit code. Options left out have the server's defaults."""
    try:
        stack = import_module("fotograma_local.up")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "fotograma_local":
            raise
        raise CommandError(
            "Running the server here needs an extra: pip install 'fotograma-cli[local]'.",
            code="local_not_installed",
        ) from error
    options = {
        "port": port,
        "data": data,
        "workers": workers,
        "https": https or None,
        "traces": traces or None,
    }
    return int(stack.run(**{name: value for name, value in options.items() if value is not None}))
