"""DICOM films.

The grey-scale pipeline of PS3.4 N.2.1 is Modality LUT, VOI LUT, Presentation LUT. Windowing happens
in the browser, so what is kept is the picture before the VOI LUT, in whole numbers of full depth:

- A linear Modality LUT (rescale) only changes units, so it is undone rather than applied: pixels
  stay the stored values, moved to start at 0 when signed, and windows are moved into their units.
  A slope below 0 turns the picture over. A Modality LUT Sequence is applied.
- A VOI LUT Sequence is not baked in either: the default window is the straight line through the
  points where the LUT reaches 10 % and 90 % of its rise, which is the LUT itself when that is
  linear. A LUT that falls turns the picture over. It outranks windows; of windows, the first usable
  one is taken (PS3.3 C.11.2.1.1: alternatives, of which one is applied).
- MONOCHROME1 shows its smallest value white after the VOI stage (PS3.3 C.7.6.3.1.2), so pixels and
  windows are mirrored together, once. Presentation LUT Shape never inverts on its own account: it
  shall be INVERSE with MONOCHROME1 and IDENTITY with MONOCHROME2 (PS3.3 C.8.11.3), which says the
  same thing twice, and files in which the two disagree are known for a wrong shape.

De-identification is by construction: only what `FilmFacts` lists is read, and everything in it is
a number, a UID, or a word of our own.
"""

import io
import math
import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import get_frame
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGExtended12Bit,
    RLELossless,
)

from radgame.imaging.age import age_between, age_to_show, parse_age
from radgame.imaging.anatomy import CHEST, body_part
from radgame.imaging.codestream import read_codestream_size
from radgame.imaging.errors import (
    MultiFrame,
    NotAChestFilm,
    NotAFrontalOrLateralRadiograph,
    NotAnImage,
    TooLarge,
    Truncated,
    UnsupportedPixels,
    UnsupportedTransferSyntax,
)
from radgame.imaging.film import Film, FilmFacts, Pixels, Sex, View
from radgame.imaging.greys import luminance
from radgame.imaging.source import (
    DEFAULT_MAX_PIXELS,
    HEAD_BYTES,
    check_size,
    is_dicom,
    most_bytes,
    read_bytes,
)
from radgame.imaging.windows import (
    MIN_WIDTH,
    Window,
    default_window,
    full_window,
    window_presets,
)

RADIOGRAPHS = frozenset({"CR", "DX", "RG"})
# PS3.3 C.7.3.1.1.1: names that may be said back to the reader.
OTHER_MODALITIES = frozenset(
    {"CT", "DG", "DOC", "ECG", "ES", "GM", "IO", "IVUS", "KO", "MG", "MR", "NM", "OP", "OT", "PR"}
    | {"PT", "PX", "REG", "RF", "RTDOSE", "RTIMAGE", "RTPLAN", "RTSTRUCT", "SC", "SEG", "SM", "SR"}
    | {"US", "XA", "XC"}
)
RADIOGRAPH_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.1",  # Computed Radiography
        "1.2.840.10008.5.1.4.1.1.1.1",  # Digital X-Ray for presentation
        "1.2.840.10008.5.1.4.1.1.1.1.1",  # Digital X-Ray for processing
    }
)
GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT"})
LATERAL_VIEWS = frozenset({"LATERAL", "LAT", "LL", "RL", "LLAT", "RLAT"})
# PS3.16 CID 4010, as SNOMED CT and as the older SNOMED RT codes.
VIEW_CODES: dict[str, View] = {
    "399348003": "AP",
    "R-10206": "AP",
    "272479007": "PA",
    "R-10214": "PA",
    "399173006": "LATERAL",
    "R-10236": "LATERAL",
    "399198007": "LATERAL",
    "R-10232": "LATERAL",
}
SEXES: dict[str, Sex] = {"F": "F", "M": "M", "O": "O"}
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)+")
_MAX_UID_CHARS = 64
_RISE_LOW, _RISE_HIGH = 0.1, 0.9

# pydicom warns with the offending value in the text, and a value may be a name.
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

_UNREADABLE = (
    InvalidDicomError,
    BytesLengthException,
    EOFError,
    OSError,
    struct.error,
    zlib.error,
    ValueError,
    KeyError,
    NotImplementedError,
    OverflowError,
)
_UNDECODABLE = (*_UNREADABLE, RuntimeError, AttributeError, TypeError, IndexError)
_BROKEN_HEADER = "The DICOM header of this file is damaged; export the film again."
_ODD_PIXELS = "The header of this file contradicts its pixels; export the film again."


def read_dicom(
    source: Path | BinaryIO, *, require_chest: bool = True, max_pixels: int = DEFAULT_MAX_PIXELS
) -> Film:
    """Read a DICOM film; see `radgame.imaging.read.read_film`."""
    data = read_bytes(source, max_pixels=max_pixels)
    return film_from_dicom(data, require_chest=require_chest, max_pixels=max_pixels)


def film_from_dicom(data: bytes, *, require_chest: bool, max_pixels: int) -> Film:
    """`read_dicom` for bytes at hand. Everything that can refuse by header does so first."""
    if not is_dicom(data[:HEAD_BYTES]):
        raise NotAnImage("This file is no DICOM file; export the film as DICOM, PNG or JPEG.")
    dataset = _parse(data, max_pixels)
    _check_modality(dataset)
    part = _body_part(dataset)
    if require_chest and part not in ("", CHEST):
        raise NotAChestFilm(part)
    layout = _Layout.of(dataset, max_pixels)
    stored = _decode(dataset, layout)
    pixels, bits, window = _grey_scale(dataset, layout, stored)
    if window is None or window.high <= int(pixels.min()) or window.low >= int(pixels.max()):
        window = full_window(bits) if bits <= 8 else default_window(pixels)
    facts = FilmFacts(
        rows=layout.rows,
        columns=layout.columns,
        bits_stored=bits,
        photometric_interpretation=layout.photometric,
        modality=_modality(dataset),
        view=_view(dataset),
        spacing_mm=_spacing(dataset),
        window_center=window.center,
        window_width=window.width,
        presets=window_presets(pixels),
        sop_instance_uid=_uid(dataset, "SOPInstanceUID"),
        series_instance_uid=_uid(dataset, "SeriesInstanceUID"),
        study_instance_uid=_uid(dataset, "StudyInstanceUID"),
        age_years=_age(dataset),
        sex=_sex(dataset),
        body_part=part,
        source_format="dicom",
    )
    return Film(pixels, facts)


def _parse(data: bytes, max_pixels: int) -> FileDataset:
    try:
        _check_inflated_size(data, most_bytes(max_pixels))
        dataset = pydicom.dcmread(io.BytesIO(data), force=True)
    except _UNREADABLE as error:
        raise _parse_failure(data) from error
    if not len(dataset):
        # pydicom gives up on the whole file when an element of undefined length has no end.
        raise _parse_failure(data)
    if "TransferSyntaxUID" not in dataset.file_meta:
        # Without meta information the reader has told the encoding from the first element.
        implicit, little = dataset.original_encoding
        if little is False:
            raise NotAnImage(_BROKEN_HEADER)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = (
            ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        )
    return dataset


def _parse_failure(data: bytes) -> Truncated | NotAnImage:
    """A file whose header still reads up to the pixels has lost its end; any other its header."""
    try:
        header = pydicom.dcmread(io.BytesIO(data), force=True, stop_before_pixels=True)
    except _UNREADABLE:
        return NotAnImage(_BROKEN_HEADER)
    return Truncated() if "Rows" in header else NotAnImage(_BROKEN_HEADER)


def _check_inflated_size(data: bytes, limit: int) -> None:
    """Inflate a deflated file piece by piece, keeping nothing, and stop at the limit."""
    if data[128:132] != b"DICM":
        return
    # PS3.10 7.1: the first element of the meta information, (0002,0000) UL, holds its length.
    tag, length = data[132:140], int.from_bytes(data[140:144], "little")
    meta = data[144 : 144 + length]
    if tag[:6] != b"\x02\x00\x00\x00UL" or str(DeflatedExplicitVRLittleEndian).encode() not in meta:
        return
    inflater = zlib.decompressobj(-15)
    piece, total, rest = b"", 0, data[144 + length :]
    while not inflater.eof and rest:
        piece = inflater.decompress(rest, 1 << 20)
        rest = inflater.unconsumed_tail
        total += len(piece)
        if total > limit:
            raise TooLarge("This file inflates to far more than a film; export it uncompressed.")
    if not inflater.eof:
        raise Truncated


@dataclass(frozen=True, slots=True)
class _Layout:
    """How samples lie in the file (PS3.3 C.7.6.3, PS3.5 8)."""

    rows: int
    columns: int
    photometric: str
    bits_allocated: int
    bits_stored: int
    high_bit: int
    signed: bool
    syntax: UID

    @classmethod
    def of(cls, dataset: FileDataset, max_pixels: int) -> "_Layout":
        if "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset:
            raise UnsupportedPixels("This file holds floating-point pixels; export whole numbers.")
        if "PixelData" not in dataset:
            raise NotAnImage("This DICOM file holds no picture; choose the file with the film.")
        rows, columns = _whole(dataset, "Rows"), _whole(dataset, "Columns")
        if not rows or not columns or rows < 1 or columns < 1:
            raise UnsupportedPixels(_ODD_PIXELS)
        check_size(rows, columns, max_pixels=max_pixels)
        if (_whole(dataset, "NumberOfFrames") or 1) > 1:
            raise MultiFrame
        photometric = _text(dataset, "PhotometricInterpretation").upper() or "MONOCHROME2"
        samples = _whole(dataset, "SamplesPerPixel") or 1
        if photometric == "PALETTE COLOR":
            raise UnsupportedPixels("This film uses a colour palette; export it in greys.")
        if samples != (1 if photometric in GREY else 3) or photometric not in GREY | COLOUR:
            raise UnsupportedPixels(_ODD_PIXELS)
        allocated = _whole(dataset, "BitsAllocated") or 0
        stored = _whole(dataset, "BitsStored") or allocated
        high = _whole(dataset, "HighBit")
        if allocated not in (8, 16) or not 1 <= stored <= allocated:
            raise UnsupportedPixels(
                "The pixels of this file are not 8 or 16 bits wide; export it with 16 bits."
            )
        if high is None or not stored - 1 <= high < allocated:
            high = stored - 1
        syntax = UID(_text(dataset.file_meta, "TransferSyntaxUID"))
        _check_syntax(syntax)
        signed = _whole(dataset, "PixelRepresentation") == 1
        return cls(rows, columns, photometric, allocated, stored, high, signed, syntax)


def _check_syntax(syntax: UID) -> None:
    try:
        available = get_decoder(syntax).is_available
    except NotImplementedError:
        available = False
    if not available:
        raise _unsupported(syntax)


def _unsupported(syntax: UID) -> UnsupportedTransferSyntax:
    if not _UID.fullmatch(syntax) or len(syntax) > _MAX_UID_CHARS:
        return UnsupportedTransferSyntax("an unknown transfer syntax", "no valid UID")
    name = "an unknown transfer syntax" if syntax.name == str(syntax) else syntax.name
    return UnsupportedTransferSyntax(name, str(syntax))


def _decode(dataset: FileDataset, layout: _Layout) -> npt.NDArray[Any]:
    """Stored values as int32, shape (rows, columns), or unsigned (rows, columns, 3)."""
    samples = 1 if layout.photometric in GREY else 3
    if layout.syntax.is_encapsulated:
        _check_codestream(dataset, layout)
    else:
        per_pixel = 2 if layout.photometric == "YBR_FULL_422" else samples
        needed = layout.rows * layout.columns * per_pixel * layout.bits_allocated // 8
        if len(_pixel_data(dataset)) < needed:
            raise Truncated
    # On damaged run lengths the compiled decoder panics past `Exception`; pydicom's own raises.
    plugin = "pydicom" if layout.syntax == RLELossless else ""
    try:
        stored: npt.NDArray[Any] = pixel_array(
            dataset, correct_unused_bits=False, decoding_plugin=plugin
        )
    except _UNDECODABLE as error:
        raise Truncated from error
    expected = (layout.rows, layout.columns) if samples == 1 else (layout.rows, layout.columns, 3)
    if stored.shape != expected:
        raise UnsupportedPixels(_ODD_PIXELS)
    if samples == 3:
        return stored
    values: npt.NDArray[np.int32] = stored.astype(np.int32)
    if layout.syntax.is_encapsulated:
        return values
    # PS3.5 8.1.1: what lies outside the stored bits (old files keep overlays there) is no sample.
    values = (values >> (layout.high_bit + 1 - layout.bits_stored)) & (2**layout.bits_stored - 1)
    half = 2 ** (layout.bits_stored - 1)
    return np.asarray((values ^ half) - half if layout.signed else values, dtype=np.int32)


def _pixel_data(dataset: Dataset) -> bytes:
    data = _value(dataset, "PixelData")
    if not isinstance(data, bytes):
        raise UnsupportedPixels(_ODD_PIXELS)
    return data


def _check_codestream(dataset: FileDataset, layout: _Layout) -> None:
    try:
        frame = get_frame(_pixel_data(dataset), 0, number_of_frames=1)
    except _UNDECODABLE as error:
        raise Truncated from error
    if layout.syntax == RLELossless:
        return
    size = read_codestream_size(frame)
    if (size.rows, size.columns) != (layout.rows, layout.columns):
        raise UnsupportedPixels(_ODD_PIXELS)
    if layout.syntax == JPEGExtended12Bit and size.precision > 8:
        raise _unsupported(layout.syntax)


def _grey_scale(
    dataset: FileDataset, layout: _Layout, stored: npt.NDArray[Any]
) -> tuple[Pixels, int, Window | None]:
    """Pixels, their bits and the window of the header, if it has one."""
    if layout.photometric in COLOUR:
        return luminance(stored, bits=layout.bits_stored), layout.bits_stored, None
    little = bool(layout.syntax.is_little_endian)
    table = _lookup_table(dataset, "ModalityLUTSequence", layout.signed, little)
    slope, intercept, bits = 1.0, 0.0, layout.bits_stored
    if table is None:
        lowest = -(2 ** (bits - 1)) if layout.signed else 0
        # A decoder may hand out more bits than the header promises.
        values = np.clip(stored - lowest, 0, 2**bits - 1)
        slope = _number(dataset, "RescaleSlope") or 1.0
        intercept = _number(dataset, "RescaleIntercept") or 0.0
        intercept += slope * lowest
    else:
        values = table.apply(stored)
        bits = table.bits
    # Modality values of the smallest and the largest pixel decide how a VOI LUT states its input.
    signed = min(intercept, intercept + slope * (2**bits - 1)) < 0
    voi, falling = _voi(dataset, signed=signed, little=little)
    window = voi and Window.between(
        *sorted(((voi.low - intercept) / slope, (voi.high - intercept) / slope))
    )
    # Each of the three reverses the picture; two of them cancel out.
    if (layout.photometric == "MONOCHROME1") ^ (slope < 0) ^ falling:
        top = 2**bits - 1
        values = top - values
        window = window and Window(top - window.center, window.width)
    return values.astype(np.uint16), bits, window


@dataclass(frozen=True, slots=True)
class _LookupTable:
    """Entries for inputs `first`, `first + 1` …; inputs beyond either end take the last entry."""

    first: int
    entries: npt.NDArray[np.int32]

    @property
    def bits(self) -> int:
        return max(1, int(self.entries.max()).bit_length())

    def apply(self, values: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
        places = np.clip(values - self.first, 0, self.entries.size - 1)
        return np.asarray(self.entries[places], dtype=np.int32)


def _lookup_table(
    dataset: Dataset, keyword: str, signed: bool, little: bool
) -> _LookupTable | None:
    """The first table of a sequence (PS3.3 C.11.1.1), or None when there is none to use."""
    items = _items(dataset, keyword)
    if not items:
        return None
    try:
        count, first, bits = (int(number) for number in items[0].LUTDescriptor)
        data = items[0].LUTData
    except (*_UNREADABLE, AttributeError, TypeError) as error:
        raise UnsupportedPixels(_ODD_PIXELS) from error
    count = count or 2**16
    if signed and first >= 2**15:
        first -= 2**16
    if isinstance(data, bytes):
        wide = len(data) >= 2 * count
        kind = ("<u2" if little else ">u2") if wide else "u1"
        entries = np.frombuffer(data[: 2 * count if wide else count], kind).astype(np.int32)
    else:
        entries = np.atleast_1d(np.asarray(data, dtype=np.int32)) & 0xFFFF
    if entries.size < count or not 8 <= bits <= 16:
        raise UnsupportedPixels(_ODD_PIXELS)
    return _LookupTable(first, entries[:count])


def _voi(dataset: Dataset, *, signed: bool, little: bool) -> tuple[Window | None, bool]:
    """The window in modality units, and whether its brightness falls with the value."""
    table = _lookup_table(dataset, "VOILUTSequence", signed, little)
    if table is not None and table.entries.min() < table.entries.max():
        return _effective_window(table)
    exact = _text(dataset, "VOILUTFunction").upper() in ("LINEAR_EXACT", "SIGMOID")
    for center, width in zip(
        _numbers(dataset, "WindowCenter"), _numbers(dataset, "WindowWidth"), strict=False
    ):
        if center is None or width is None or width < (1e-9 if exact else 1):
            continue
        # LINEAR spans width - 1 about center - 0.5 (PS3.3 C.11.2.1.2.1); ours is LINEAR_EXACT.
        # A sigmoid has the slope of LINEAR_EXACT at its centre.
        return (Window(center, width) if exact else Window(center - 0.5, max(width - 1, 1))), False
    return None, False


def _effective_window(table: _LookupTable) -> tuple[Window, bool]:
    entries = table.entries.astype(np.float64)
    falling = bool(entries[0] > entries[-1])
    rise = (entries - entries.min()) / (entries.max() - entries.min())
    rise = 1 - rise if falling else rise
    # Real tables waver by a count or two; the running maximum makes crossings unique.
    climb, places = np.unique(np.maximum.accumulate(rise), return_index=True)
    low, high = table.first + np.interp((_RISE_LOW, _RISE_HIGH), climb, places)
    width = (high - low) / (_RISE_HIGH - _RISE_LOW)
    return Window(float(low + high) / 2, max(float(width), MIN_WIDTH)), falling


def _check_modality(dataset: Dataset) -> None:
    modality = _modality(dataset)
    if modality not in RADIOGRAPHS:
        raise NotAFrontalOrLateralRadiograph(modality if modality in OTHER_MODALITIES else "")


def _modality(dataset: Dataset) -> str:
    """The modality code; that of a digitised film (PS3.3 C.8.6.1) counts as RG."""
    modality = _text(dataset, "Modality").upper()
    if modality in RADIOGRAPHS:
        return modality
    if modality in ("", "OT", "SC"):
        if _text(dataset, "SOPClassUID") in RADIOGRAPH_CLASSES:
            return "CR"
        if _text(dataset, "ConversionType").upper() == "DF":
            return "RG"
    return modality


def _body_part(dataset: Dataset) -> str:
    regions = _items(dataset, "AnatomicRegionSequence")
    return body_part(
        (
            (_text(dataset, "BodyPartExamined"), *(_text(item, "CodeMeaning") for item in regions)),
            (
                _text(dataset, word)
                for word in ("SeriesDescription", "ProtocolName", "ViewPosition")
            ),
            (
                _text(dataset, word)
                for word in ("StudyDescription", "RequestedProcedureDescription")
            ),
        )
    )


def _view(dataset: Dataset) -> View:
    position = _text(dataset, "ViewPosition").upper()
    if position in LATERAL_VIEWS:
        return "LATERAL"
    if position == "PA":
        return "PA"
    if position == "AP":
        return "AP"
    for item in _items(dataset, "ViewCodeSequence"):
        code = _text(item, "CodeValue")
        if code in VIEW_CODES:
            return VIEW_CODES[code]
    return ""


def _spacing(dataset: Dataset) -> tuple[float, float] | None:
    """Pixel Spacing, else Imager Pixel Spacing, which does not allow for magnification."""
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        numbers = [number for number in _numbers(dataset, keyword) if number and number > 0]
        if len(numbers) == 2:
            return numbers[0], numbers[1]
    return None


def _age(dataset: Dataset) -> float | None:
    years = parse_age(_text(dataset, "PatientAge"))
    if years is None:
        born, examined = _date(dataset, "PatientBirthDate"), _date(dataset, "StudyDate")
        years = age_between(born, examined) if born and examined else None
    return age_to_show(years)


def _sex(dataset: Dataset) -> Sex:
    sex = _text(dataset, "PatientSex").upper()
    return SEXES.get(sex, "")


def _uid(dataset: Dataset, keyword: str) -> str | None:
    uid = _text(dataset, keyword)
    return uid if len(uid) <= _MAX_UID_CHARS and _UID.fullmatch(uid) else None


def _date(dataset: Dataset, keyword: str) -> date | None:
    digits = _text(dataset, keyword).replace(".", "")
    if not re.fullmatch(r"[0-9]{8}", digits):
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _value(dataset: Dataset, keyword: str) -> Any:
    """An element's value; None when absent, empty or impossible for its representation."""
    try:
        return dataset.get(keyword)
    except _UNREADABLE:
        return None


def _items(dataset: Dataset, keyword: str) -> list[Dataset]:
    value = _value(dataset, keyword)
    return list(value) if isinstance(value, Sequence) else []


def _text(dataset: Dataset, keyword: str) -> str:
    value = _value(dataset, keyword)
    return "" if value is None else str(value).strip().strip("\0")


def _numbers(dataset: Dataset, keyword: str) -> list[float | None]:
    value = _value(dataset, keyword)
    if value is None:
        return []
    several = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return [_finite(number) for number in several]


def _number(dataset: Dataset, keyword: str) -> float | None:
    numbers = _numbers(dataset, keyword)
    return numbers[0] if numbers else None


def _whole(dataset: Dataset, keyword: str) -> int | None:
    number = _number(dataset, keyword)
    return None if number is None else int(number)


def _finite(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
