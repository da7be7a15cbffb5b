"""`python -m fotograma_local`: the same as `fotograma up`."""

import argparse
import sys
from pathlib import Path

from fotograma_local.up import DATA, PORT, WORKERS, run


def main() -> int:
    """Read the command line and run a stack."""
    parser = argparse.ArgumentParser(
        prog="fotograma_local", description="Run Fotograma on this machine, until Ctrl-C."
    )
    parser.add_argument("--port", type=int, default=PORT, help="where to answer (%(default)s)")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="the folder to keep everything in (%(default)s)"
    )
    parser.add_argument("--workers", type=int, default=WORKERS, help="how many (%(default)s)")
    parser.add_argument("--https", action="store_true", help="answer by https")
    return run(**vars(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
