"""A decoding child that drives the `ffmpeg` command, forked by the fork server.

It has no sandbox: it executes programs and writes a scratch file. What it shares with the other
child is that it has no credentials, that everything it says is bounded and checked, and that it and
its programs end with the worker.
"""

import os
import traceback

from fotograma_worker.engine import ffmpeg_engine
from fotograma_worker.engine.child import Channel, Engine, ParentGone, work
from fotograma_worker.engine.sandbox.linux import die_with
from fotograma_worker.protocol import JOB, MAX_NOTE, Kind, SelfTestJob

_LAST_WORDS = 4096


def run(descriptor: int, parent: int) -> int:
    """Do the one job that comes over a connected socket, and return an exit code."""
    try:
        die_with(parent)
        channel = Channel(descriptor)
        job = JOB.validate_json(channel.receive(Kind.JOB, MAX_NOTE))
        if not isinstance(job, SelfTestJob):
            engine = Engine(ffmpeg_engine.scan, ffmpeg_engine.Extraction, ffmpeg_engine.versions())
            work(channel, job, engine)
    except (ParentGone, BrokenPipeError, ConnectionResetError):
        return 1
    except Exception:  # noqa: BLE001 - nobody is above; the worker hears its last words
        os.write(2, traceback.format_exc().encode()[-_LAST_WORDS:])
        return 1
    return 0
