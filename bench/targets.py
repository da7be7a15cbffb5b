"""What the speed of Fotograma is held against, and why a target may be missed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from figures import Better, Figure, Outcome, Unit

LESS, MORE = Better.LESS, Better.MORE

_DECODING = "Both decode the same frames with the same decoder, and JPEG's bytes may not change."
_SMALL_COSTS = (
    "Two children are started for each video, and their libraries used for the first time."
)
_PICTURES = (
    "The decoder alone writes no pictures; the less a film takes to decode, the more they weigh. "
    + _SMALL_COSTS
)
_DECODED_ALONE = f"{_DECODING} {_SMALL_COSTS} Thumbnails and checksums come on top."
_UP_TO_THE_TIME = "A group of pictures must be read from its keyframe up to the wanted time."
_INDEX = "Each segment reads the index again."
_PYTHON = (
    "What is left is FastAPI, SQLAlchemy's way to a connection, the log's line and the metrics of "
    "a request."
)


@dataclass(frozen=True)
class Target:
    """A figure that has one."""

    name: str
    place: tuple[str, str, str]
    """Its subject, row and column."""
    better: Better
    limit: float
    unit: Unit = Unit.TIMES
    why: str = "It is not known why."
    """Why it is missed, if it is."""

    def outcome(self, figures: Mapping[tuple[str, str, str], Figure]) -> Outcome:
        """What became of it."""
        figure = figures.get(self.place)
        is_met = figure is not None and (
            figure.value <= self.limit if self.better is LESS else figure.value >= self.limit
        )
        return Outcome(
            name=self.name,
            limit=self.limit,
            better=self.better,
            value=None if figure is None else figure.value,
            unit=self.unit,
            is_met=is_met,
            why=None if is_met else self.why if figure else "Its part did not come so far.",
        )


TARGETS = (
    Target(
        "engine by the decoder alone, one a second, long GOP H.264",
        ("engine", "long GOP H.264, 1/s", "by the floor"),
        LESS,
        1.15,
        why=_PICTURES,
    ),
    Target(
        "engine by the decoder alone, one a second, HEVC",
        ("engine", "HEVC, 1/s", "by the floor"),
        LESS,
        1.25,
        why=_PICTURES,
    ),
    *(
        Target(
            f"keyframes as JPEG, {codec}: FFmpeg's `-skip_frame nokey` and zip by ours",
            ("engine", f"{codec}, keyframes", "best FFmpeg by ours"),
            MORE,
            1.2,
            why=_DECODED_ALONE,
        )
        for codec in ("GOP 2 s H.264", "HEVC")
    ),
    Target(
        "all frames as JPEG: the best FFmpeg and zip by ours",
        ("engine", "GOP 2 s H.264, all", "best FFmpeg by ours"),
        MORE,
        1.3,
        why=f"{_DECODING} Checksums, the way from child to parent and the archive are not free.",
    ),
    Target(
        "scenes: the best FFmpeg by ours",
        ("engine", "GOP 2 s H.264, scenes", "best FFmpeg by ours"),
        MORE,
        1.0,
        why=f"Every frame is decoded, by both. {_SMALL_COSTS} Scores come on top.",
    ),
    *(
        Target(
            f"10 min of GOP 2 s, ready with two workers: {recipe}",
            ("product", f"GOP 2 s, {recipe}", "ready"),
            LESS,
            limit,
            Unit.SECONDS,
            why="The workers share two cores with PostgreSQL, RabbitMQ, SeaweedFS and services.",
        )
        for recipe, limit in (
            ("JPEG every 10 s", 1.8),
            ("JPEG of keyframes", 6.0),
            ("PNG 1/s", 40.0),
        )
    ),
    *(
        Target(
            f"the same by FFmpeg's whole way to a ZIP: {recipe}",
            ("product", f"GOP 2 s, {recipe}", "FFmpeg by ready"),
            MORE,
            limit,
            why="The product and its servers have the two cores that FFmpeg has for itself.",
        )
        for recipe, limit in (
            ("JPEG every 10 s", 25.0),
            ("JPEG of keyframes", 9.0),
            ("PNG 1/s", 2.8),
        )
    ),
    *(
        Target(
            f"a short clip, from `complete` to its ZIP: {clip}",
            ("short clips", clip, "ready"),
            LESS,
            limit,
            Unit.SECONDS,
            why="Planning, a child's start, messages and transactions come one after the other.",
        )
        for clip, limit in (("10 s of 1080p, PNG 1/s", 0.8), ("10 s of 320x180, PNG 1/s", 0.35))
    ),
    *(
        Target(
            f"bytes read of a source of 10 min: {recipe}",
            ("reading", f"10 min, {recipe}", "in all"),
            LESS,
            limit,
            Unit.PERCENT,
            why=why,
        )
        for recipe, limit, why in (
            ("every 10 s, on keyframes", 15.0, _INDEX),
            ("every 10 s, off keyframes", 15.0, _UP_TO_THE_TIME),
            ("keyframes", 40.0, _INDEX),
            ("each second", 100.0, f"{_INDEX} Every group of pictures is needed."),
        )
    ),
    *(
        Target(
            f"processor of `GET {path}`",
            ("api", f"`GET {path}`", "of the processor"),
            LESS,
            limit,
            Unit.MILLISECONDS,
            why=_PYTHON,
        )
        for path, limit in (("/video", 2.2), ("/video/{id}", 1.8), ("/auth/me", 1.2))
    ),
    *(
        Target(
            f"{column} of `GET {path}`",
            ("api", f"`GET {path}`", column),
            LESS,
            limit,
            Unit.NUMBER,
        )
        for column, limit in (("round trips", 4.0), ("new connections", 0.0))
        for path in ("/video", "/video/{id}", "/auth/me")
    ),
    Target(
        "processor of a report consumed",
        ("messages", "a report consumed", "of the processor"),
        LESS,
        3.0,
        Unit.MILLISECONDS,
        why="The dispatcher that reports wake is in it.",
    ),
    Target(
        "processor of a segment handed out",
        ("messages", "a segment handed out", "of the processor"),
        LESS,
        0.5,
        Unit.MILLISECONDS,
    ),
    *(
        Target(
            f"efficiency of an hour's video with {workers} workers (model)",
            ("fleet", "long GOP, PNG 1/s", f"{workers} workers"),
            MORE,
            limit,
            Unit.SHARE,
        )
        for workers, limit in ((8, 0.93), (64, 0.7))
    ),
    *(
        Target(
            f"an estimate is off by, {recipe}",
            ("fleet", recipe, "estimate is off by"),
            LESS,
            2.0,
            why="An estimate is of the machine that its speeds were measured on, for any content.",
        )
        for recipe in (
            "long GOP, PNG 1/s",
            "GOP 2 s, PNG 1/s",
            "GOP 2 s, JPEG 1/s",
            "GOP 2 s, JPEG every 10 s",
            "GOP 2 s, JPEG of keyframes",
            "GOP 2 s, all frames as JPEG",
        )
    ),
    *(
        Target(
            f"memory of worker and child, {length} of 1080p",
            ("memory", f"{length}, PNG every 10 s", "worker and child"),
            LESS,
            300.0,
            Unit.MIB,
        )
        for length in ("1 min", "10 min", "60 min")
    ),
)


def outcomes(figures: Iterable[Figure]) -> tuple[Outcome, ...]:
    """What became of each target."""
    known = {figure.place: figure for figure in figures}
    return tuple(target.outcome(known) for target in TARGETS)
