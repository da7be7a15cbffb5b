"""The versions of what the bytes of a frame depend on."""

from importlib.metadata import version

import av


def engine_versions() -> dict[str, str]:
    """The versions of what the bytes of a frame depend on."""
    libraries = {
        name: ".".join(map(str, av.library_versions[name]))
        for name in ("libavcodec", "libavformat", "libavfilter", "libswscale")
    }
    packages = {name: version(name) for name in ("av", "isal", "numpy", "simplejpeg")}
    return {"fotograma": version("fotograma-worker"), **packages, **libraries}
