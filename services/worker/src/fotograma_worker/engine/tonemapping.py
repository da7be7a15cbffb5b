"""HDR pictures (BT.2100 PQ and HLG) to SDR ones as screens without HDR show them. Pure.

In four steps, on colours in linear light:

1. Display light in nits, by the EOTF of PQ (SMPTE ST 2084) or, for HLG, by the inverse OETF and the
   OOTF of a display of 1,000 nits (ITU-R BT.2100-2, tables 4 and 5).
2. The EETF of ITU-R BT.2390-11, 5.4.1, from a source of 1,000 nits to a screen whose white is the
   graphics white of HDR, 203 nits (ITU-R BT.2408-7, table 1): below 93 nits nothing changes, and
   above it highlights are rolled off. It is applied to the largest of R, G and B and scales all
   three, which keeps the hue.
3. From the primaries of BT.2020 to those of BT.709 (ITU-R BT.2087-0, M2); what lies outside is
   clipped.
4. The transfer function of sRGB (IEC 61966-2-1), with 203 nits as white.

Nothing depends on the picture or on metadata: a frame looks the same whichever segment it is in.
"""

from enum import IntEnum

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
DeepPicture = npt.NDArray[np.uint16]
_Linear = npt.NDArray[np.float32]


class Transfer(IntEnum):
    """Transfer characteristics that mean HDR (ITU-T H.273, table 3)."""

    PQ = 16
    HLG = 18


SOURCE_NITS = 1000.0
"""Peak of the source: what nearly all HDR is graded for, and HLG's nominal display."""
WHITE_NITS = 203.0

_M1, _M2 = 2610 / 16384, 2523 / 32
_C1, _C2, _C3 = 3424 / 4096, 2413 / 128, 2392 / 128
_PQ_NITS = 10_000.0
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073
_HLG_GAMMA = 1.2
_BT2020_LUMA = np.array([0.2627, 0.6780, 0.0593], np.float32)
_BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)
_PIXELS_AT_ONCE = 1 << 13
"""A block that stays in a core's cache, which makes this ten times as fast."""
_STEPS = 1 << 12
"""Of the tables of the last steps: finer than the 8 bits that come out."""


def pq_to_nits(signal: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The EOTF of PQ: nits of a signal from 0 to 1."""
    powered = np.asarray(signal, np.float64) ** (1 / _M2)
    return _PQ_NITS * (np.maximum(powered - _C1, 0) / (_C2 - _C3 * powered)) ** (1 / _M1)


def nits_to_pq(nits: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The inverse EOTF of PQ."""
    powered = (np.asarray(nits, np.float64) / _PQ_NITS) ** _M1
    result: npt.NDArray[np.float64] = ((_C1 + _C2 * powered) / (1 + _C3 * powered)) ** _M2
    return result


def hlg_to_scene(signal: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The inverse OETF of HLG: scene light from 0 to 1."""
    signal = np.asarray(signal, np.float64)
    return np.where(
        signal <= 0.5, signal**2 / 3, (np.exp((signal - _HLG_C) / _HLG_A) + _HLG_B) / 12
    )


def tone_mapped_nits(nits: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The EETF of BT.2390: from 1,000 nits to 203, without a lift of black."""
    peak = float(nits_to_pq(SOURCE_NITS))
    most = float(nits_to_pq(WHITE_NITS)) / peak
    knee = 1.5 * most - 0.5
    level = np.minimum(nits_to_pq(nits) / peak, 1.0)
    t = np.clip((level - knee) / (1 - knee), 0, 1)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * most
    )
    return pq_to_nits(np.where(level < knee, level, spline) * peak)


class ToneMapper:
    """Maps pictures of one transfer characteristic. Holds about half a megabyte of tables."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        codes = np.arange(1 << 16) / 65535
        light = pq_to_nits(codes) if transfer is Transfer.PQ else hlg_to_scene(codes)
        self._light = light.astype(np.float32)
        """Nits of a 16-bit code; for HLG scene light."""
        # By the root of the light, so that the dark, where the eye is keen, has steps enough.
        roots = np.linspace(0, 1, _STEPS + 1)
        nits = np.maximum(roots**2 * SOURCE_NITS, 1e-6)
        self._gain = (tone_mapped_nits(nits) / nits / WHITE_NITS).astype(np.float32)
        encoded = np.where(
            roots**2 <= 0.0031308, 12.92 * roots**2, 1.055 * roots ** (2 / 2.4) - 0.055
        )
        self._code = np.rint(encoded * 255).astype(np.uint8)

    def sdr(self, picture: DeepPicture) -> Picture:
        """Map RGB, height x width x 3, of 16 bits in BT.2020's primaries."""
        result = np.empty(picture.shape, np.uint8)
        pixels, mapped = picture.reshape(-1, 3), result.reshape(-1, 3)
        for first in range(0, len(pixels), _PIXELS_AT_ONCE):
            block = slice(first, first + _PIXELS_AT_ONCE)
            # What is indexed by a transposed array would be laid out like that.
            signal = pixels[block].T.astype(np.intp, order="C")
            for channel, codes in enumerate(self._mapped(signal)):
                mapped[block, channel] = codes
        return result

    def _mapped(self, signal: npt.NDArray[np.intp]) -> Picture:
        """Map pixels, 3 x n: the rows of one colour are contiguous, which is what is fast."""
        nits = self._display_light(self._light[signal])
        peak = nits.max(axis=0)
        gain = self._gain[_steps(np.sqrt(np.minimum(peak / SOURCE_NITS, 1)))]
        if peak.max() > SOURCE_NITS:
            # Beyond the source's peak the gain falls so that the brightest stays white.
            gain *= np.minimum(SOURCE_NITS / np.maximum(peak, 1e-6), 1)
        linear = np.clip(_BT2020_TO_BT709 @ (nits * gain), 0, 1)
        codes: Picture = self._code[_steps(np.sqrt(linear))]
        return codes

    def _display_light(self, light: _Linear) -> _Linear:
        if self._transfer is Transfer.PQ:
            return light
        luminance = _BT2020_LUMA @ light
        result: _Linear = light * luminance ** np.float32(_HLG_GAMMA - 1) * np.float32(SOURCE_NITS)
        return result


def _steps(level: _Linear) -> npt.NDArray[np.intp]:
    return np.rint(level * _STEPS).astype(np.intp)
