"""A decoding child that drives the `ffmpeg` command, forked by the fork server.

It has no sandbox: it executes programs and writes a scratch file. Like the other child it has no
credentials, all it sends is bounded and checked, and it and its programs die with the worker.
"""

import os
import traceback

from fotograma_worker.engine import ffmpeg_engine
from fotograma_worker.engine.child import Channel, Engine, ParentGone, work
from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.protocol import JOB, MAX_NOTE, Kind, SelfTestJob

_MAX_TRACEBACK_BYTES = 4096


def run(descriptor: int, parent: int) -> int:
    """Run the one job that arrives over a connected socket, and return an exit code."""
    try:
        die_with(parent)
        channel = Channel(descriptor)
        job = JOB.validate_json(channel.receive(Kind.JOB, MAX_NOTE))
        if not isinstance(job, SelfTestJob):
            engine = Engine(ffmpeg_engine.scan, ffmpeg_engine.Extraction, ffmpeg_engine.versions())
            work(channel, job, engine)
    except (ParentGone, BrokenPipeError, ConnectionResetError):
        return 1
    except Exception:  # noqa: BLE001 - the process ends here; the worker logs the traceback
        os.write(2, traceback.format_exc().encode()[-_MAX_TRACEBACK_BYTES:])
        return 1
    return 0
