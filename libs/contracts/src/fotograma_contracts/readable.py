"""What can be read: containers and codecs by the names that people know.

The keys are FFmpeg's names of demuxers and decoders; nothing but these is opened. None of the
demuxers opens other files: playlists, lists of files, and sequences of pictures by name stay out.
"""

from collections.abc import Mapping

RAW: Mapping[str, str] = {
    "h264": "raw H.264",
    "hevc": "raw HEVC",
    "mpegvideo": "raw MPEG-1 and MPEG-2",
}
"""Video without a container. It has no times: its frames are counted."""

CONTAINERS: Mapping[str, str] = {
    "mov": "MP4, MOV and 3GP",
    "matroska": "Matroska and WebM",
    "avi": "AVI",
    "mpegts": "MPEG-TS and M2TS",
    "mpeg": "MPEG and VOB",
    "flv": "FLV",
    "ogg": "Ogg",
    "asf": "WMV and ASF",
    "mxf": "MXF",
    "gxf": "GXF",
    "dv": "DV",
    "ivf": "IVF",
    "yuv4mpegpipe": "Y4M",
    "gif": "GIF",
    "apng": "APNG",
    **RAW,
}

CODECS: Mapping[str, str] = {
    "h264": "H.264",
    "hevc": "HEVC",
    "av1": "AV1",
    "libdav1d": "AV1",
    "vp9": "VP9",
    "libvpx-vp9": "VP9",
    "vp8": "VP8",
    "libvpx": "VP8",
    "vp6f": "VP6",
    "mpeg1video": "MPEG-1",
    "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4",
    "msmpeg4": "MPEG-4",
    "msmpeg4v1": "MPEG-4",
    "msmpeg4v2": "MPEG-4",
    "h263": "H.263",
    "flv": "H.263",
    "wmv1": "WMV",
    "wmv2": "WMV",
    "wmv3": "WMV",
    "vc1": "VC-1",
    "theora": "Theora",
    "mjpeg": "Motion JPEG",
    "jpeg2000": "JPEG 2000",
    "png": "PNG",
    "apng": "PNG",
    "gif": "GIF",
    "prores": "ProRes",
    "dnxhd": "DNxHD",
    "dvvideo": "DV",
    "qtrle": "QuickTime Animation",
    "ffv1": "FFV1",
    "huffyuv": "HuffYUV",
    "ffvhuff": "HuffYUV",
    "utvideo": "Ut Video",
    "rawvideo": "uncompressed",
    "v210": "uncompressed",
}


def container_names() -> tuple[str, ...]:
    """The containers, for people."""
    return tuple(CONTAINERS.values())


def codec_names() -> tuple[str, ...]:
    """The codecs, for people; each once."""
    return tuple(dict.fromkeys(CODECS.values()))
