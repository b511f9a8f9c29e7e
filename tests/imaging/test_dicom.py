"""DICOM films: one picture in many encodings, windows, facts, refusals."""

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from radgame.imaging.dicom import read_dicom
from radgame.imaging.errors import (
    ImagingError,
    MultiFrame,
    NotAChestFilm,
    NotAFrontalOrLateralRadiograph,
    NotAnImage,
    TooLarge,
    Truncated,
    UnsupportedPixels,
    UnsupportedTransferSyntax,
)
from radgame.imaging.film import Film
from radgame.imaging.fingerprint import pixel_fingerprint
from radgame.imaging.read import read_film
from radgame.imaging.source import looks_like_dicom
from tests.imaging.files import BASE_UID, DATA, make_dicom, needs_data, ramp

Change = Callable[[Dataset], Any]
SYNTAXES = [
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
    RLELossless,
    JPEGLSLossless,
    JPEG2000Lossless,
]
GOLDEN = "bcbf533a"


def read(data: bytes, **options: Any) -> Film:
    return read_film(io.BytesIO(data), **options)


def setting(**elements: Any) -> Change:
    def change(dataset: Dataset) -> None:
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)

    return change


def lacking(*keywords: str) -> Change:
    def change(dataset: Dataset) -> None:
        for keyword in keywords:
            delattr(dataset, keyword)

    return change


def raw(dataset: Dataset, keyword: str, text: str) -> None:
    """Write a decimal string that pydicom itself would refuse."""
    dataset.add_new(keyword, "DS", "1")
    dataset[keyword]._value = text


def lut(first: int, entries: list[int], bits: int = 16) -> Sequence:
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [len(entries), first, bits])
    item.add_new("LUTData", "US", entries)
    return Sequence([item])


def refusal(data: bytes, kind: type[ImagingError], **options: Any) -> str:
    with pytest.raises(kind) as caught:
        read(data, **options)
    assert type(caught.value) is kind
    return str(caught.value)


@pytest.fixture(scope="module")
def chest() -> np.ndarray:
    """The real chest film RG1 of pydicom-data, every third pixel, MONOCHROME2, 12 bits."""
    import data_store

    folder = Path(next(iter(data_store.__path__))) / "data"
    stored = pixel_array(folder / "RG1_UNCR.dcm")
    return ((32767 - stored[::3, ::3]) >> 3).astype(np.uint16)


@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("photometric", ["MONOCHROME2", "MONOCHROME1"])
def test_one_real_picture_is_the_same_in_every_encoding(
    chest: np.ndarray, syntax: UID, photometric: str
) -> None:
    mirrored = photometric == "MONOCHROME1"
    stored = 4095 - chest if mirrored else chest
    shape = "INVERSE" if mirrored else "IDENTITY"
    change = setting(PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    film = read(make_dicom(stored, syntax=syntax, change=change))
    assert np.array_equal(film.pixels, chest)
    assert film.pixels.dtype == np.uint16
    assert pixel_fingerprint(film.pixels) == pixel_fingerprint(chest)
    assert (film.facts.bits_stored, film.facts.photometric_interpretation) == (12, photometric)


@pytest.mark.parametrize("shape", ["IDENTITY", "INVERSE"])
@pytest.mark.parametrize(("photometric", "mirrored"), [("MONOCHROME1", 1), ("MONOCHROME2", 0)])
def test_presentation_lut_shape_never_inverts_on_its_own(
    shape: str, photometric: str, mirrored: bool
) -> None:
    change = setting(PhotometricInterpretation=photometric, PresentationLUTShape=shape)
    film = read(make_dicom(ramp(), change=change))
    assert np.array_equal(film.pixels, 4095 - ramp() if mirrored else ramp())


def flipped(dataset: Dataset) -> None:
    dataset.PhotometricInterpretation = "MONOCHROME1"
    dataset.RescaleSlope, dataset.RescaleIntercept = -1, 4095
    dataset.WindowCenter, dataset.WindowWidth = 1000.5, 201


@pytest.mark.parametrize(
    ("change", "center", "width"),
    [
        # LINEAR: centre c - 0.5, width w - 1.
        pytest.param(setting(WindowCenter=2048, WindowWidth=4096), 2047.5, 4095, id="one"),
        pytest.param(
            setting(WindowCenter=[2000, 900], WindowWidth=[1001, 301]), 1999.5, 1000, id="two"
        ),
        pytest.param(
            setting(WindowCenter=[2000, 900], WindowWidth=[0, 301]), 899.5, 300, id="first useless"
        ),
        pytest.param(
            setting(WindowCenter=2000, WindowWidth=1000, VOILUTFunction="LINEAR_EXACT"),
            2000,
            1000,
            id="exact",
        ),
        pytest.param(
            setting(WindowCenter=2000, WindowWidth=1000, VOILUTFunction="SIGMOID"),
            2000,
            1000,
            id="sigmoid",
        ),
        pytest.param(
            setting(WindowCenter=1000, WindowWidth=501, PhotometricInterpretation="MONOCHROME1"),
            4095 - 999.5,
            500,
            id="mirrored with the pixels",
        ),
        pytest.param(
            setting(WindowCenter=3072, WindowWidth=8192, RescaleSlope=2, RescaleIntercept=-1024),
            (3071.5 + 1024) / 2,
            8191 / 2,
            id="rescaled",
        ),
        # modality = 4095 - stored, shown inverted: the two reversals cancel, pixel = stored.
        pytest.param(flipped, 4095 - 1000, 200, id="slope below zero and MONOCHROME1"),
        # A linear table from 1000 to 2023 is its own window.
        pytest.param(
            setting(VOILUTSequence=lut(1000, [16 * n for n in range(1024)])),
            1511.5,
            1023,
            id="VOI LUT",
        ),
        pytest.param(
            setting(
                VOILUTSequence=lut(1000, [16 * n for n in range(1024)]),
                WindowCenter=10,
                WindowWidth=20,
            ),
            1511.5,
            1023,
            id="VOI LUT before window",
        ),
    ],
)
def test_the_window_of_the_header_is_given_in_pixel_values(
    change: Change, center: float, width: float
) -> None:
    facts = read(make_dicom(ramp(), change=change)).facts
    assert (facts.window_center, facts.window_width) == pytest.approx((center, width))


def test_a_falling_voi_lut_turns_the_picture_and_its_window_over() -> None:
    falling = lut(1000, [16 * n for n in reversed(range(1024))])
    film = read(make_dicom(ramp(), change=setting(VOILUTSequence=falling)))
    assert np.array_equal(film.pixels, 4095 - ramp())
    assert film.facts.window_center == pytest.approx(4095 - 1511.5)


@pytest.mark.parametrize(
    "change",
    [
        lambda dataset: None,
        setting(WindowCenter=2048, WindowWidth=0),
        setting(WindowCenter=2048, WindowWidth=-5),
        setting(WindowCenter=2048),
        setting(WindowCenter=90000, WindowWidth=100),
        lambda dataset: (raw(dataset, "WindowCenter", "NaN"), raw(dataset, "WindowWidth", "NaN")),
        lambda dataset: (raw(dataset, "WindowCenter", "mid"), raw(dataset, "WindowWidth", "all")),
    ],
    ids=["absent", "zero", "negative", "half", "off the picture", "NaN", "words"],
)
def test_a_useless_window_gives_way_to_one_from_the_picture(change: Change) -> None:
    pixels = np.tile(np.arange(1001, dtype=np.uint16), (400, 1)) + np.uint16(500)
    facts = read(make_dicom(pixels, change=change)).facts
    assert facts.window_center == pytest.approx(1000, abs=3)
    assert facts.window_width == pytest.approx(990, abs=4)


def test_rescale_changes_units_and_leaves_pixels() -> None:
    change = setting(RescaleSlope="0.5", RescaleIntercept="-1024")
    assert np.array_equal(read(make_dicom(ramp(), change=change)).pixels, ramp())


def test_signed_pixels_are_moved_to_start_at_zero() -> None:
    signed = ramp().astype(np.int16) - 2048
    film = read(make_dicom(signed, change=setting(WindowCenter=0.5, WindowWidth=1001)))
    assert np.array_equal(film.pixels, ramp())
    assert (film.facts.window_center, film.facts.window_width) == (2048, 1000)


def test_a_modality_lut_is_applied() -> None:
    square = [n * n // 64 for n in range(1024)]
    film = read(
        make_dicom(ramp(bits=10), bits=10, change=setting(ModalityLUTSequence=lut(0, square)))
    )
    assert np.array_equal(film.pixels, np.array(square)[ramp(bits=10)])
    assert film.facts.bits_stored == 14


@pytest.mark.parametrize("bits", [10, 12, 13, 15, 16])
def test_odd_depths_keep_every_bit(bits: int) -> None:
    film = read(make_dicom(ramp(bits=bits), bits=bits))
    assert np.array_equal(film.pixels, ramp(bits=bits))
    assert film.facts.bits_stored == bits


def test_samples_in_the_high_bits_are_moved_down_and_overlay_bits_dropped() -> None:
    change = setting(HighBit=15)
    high = (ramp() << 4) | np.uint16(5)
    assert np.array_equal(read(make_dicom(high, change=change)).pixels, ramp())
    overlaid = ramp() | np.uint16(0x8000)
    assert np.array_equal(read(make_dicom(overlaid)).pixels, ramp())
    impossible = setting(HighBit=3)
    assert np.array_equal(read(make_dicom(ramp(), change=impossible)).pixels, ramp())


def test_eight_bits_are_shown_from_0_to_255() -> None:
    facts = read(make_dicom(ramp(bits=8).astype(np.uint8), bits=8)).facts
    assert (facts.window_center, facts.window_width, facts.bits_stored) == (127.5, 255, 8)


def rgb(dataset: Dataset) -> None:
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "RGB", 3
    dataset.PlanarConfiguration = 0


def test_greys_stored_as_rgb_keep_their_values() -> None:
    grey = ramp(bits=8).astype(np.uint8)
    film = read(make_dicom(np.dstack([grey] * 3), bits=8, change=rgb))
    assert np.array_equal(film.pixels, grey)
    assert film.facts.photometric_interpretation == "RGB"


def test_a_file_without_preamble_or_meta_information_is_read() -> None:
    dataset = pydicom.dcmread(io.BytesIO(make_dicom(ramp(), syntax=ImplicitVRLittleEndian)))
    bare = pydicom.filebase.DicomBytesIO()
    bare.is_little_endian, bare.is_implicit_VR = True, True
    pydicom.filewriter.write_dataset(bare, dataset)
    assert looks_like_dicom(io.BytesIO(bare.getvalue()))
    assert np.array_equal(read(bare.getvalue()).pixels, ramp())


def test_facts_hold_the_allow_list_and_nothing_else() -> None:
    def identify(dataset: Dataset) -> None:
        dataset.PatientID = "SECRET-1"
        dataset.InstitutionName = "SECRET-2"
        dataset.StudyDescription = "SECRET-3"
        dataset.BodyPartExamined = "SECRET-4"
        dataset.AccessionNumber = "SECRET-5"
        dataset.PatientSex = "F"
        dataset.PatientAge = "057Y"
        dataset.PixelSpacing = [0.14, 0.15]

    film = read(make_dicom(ramp(), change=identify))
    facts = asdict(film.facts)
    assert "SECRET" not in repr(facts)
    assert "Nobody" not in repr(facts)
    presets = facts.pop("presets")
    assert [preset["name"] for preset in presets] == ["full", "lung", "bone", "mediastinum"]
    assert (facts.pop("window_center"), facts.pop("window_width")) != (0, 0)
    assert facts == {
        "rows": 40,
        "columns": 50,
        "bits_stored": 12,
        "photometric_interpretation": "MONOCHROME2",
        "modality": "DX",
        "view": "PA",
        "spacing_mm": (0.14, 0.15),
        "sop_instance_uid": BASE_UID,
        "series_instance_uid": BASE_UID + ".2",
        "study_instance_uid": BASE_UID + ".1",
        "age_years": 57.0,
        "sex": "F",
        "body_part": "",
        "source_format": "dicom",
    }


@pytest.mark.parametrize(
    ("change", "spacing"),
    [
        (setting(PixelSpacing=[0, 0]), None),
        (setting(PixelSpacing=[0, 0], ImagerPixelSpacing=[0.2, 0.2]), (0.2, 0.2)),
        (setting(PixelSpacing=[0.1, 0.3], ImagerPixelSpacing=[0.2, 0.2]), (0.1, 0.3)),
        (setting(), None),
    ],
)
def test_spacing_is_positive_or_absent(change: Change, spacing: tuple[float, float] | None) -> None:
    assert read(make_dicom(ramp(), change=change)).facts.spacing_mm == spacing


@pytest.mark.parametrize(
    ("change", "years"),
    [
        (setting(PatientAge="062Y"), 62),
        (setting(PatientAge="099Y"), 90),
        (setting(PatientBirthDate="19400305", StudyDate="20040304"), 63),
        (setting(PatientBirthDate="19400305", StudyDate="20040305"), 64),
        (setting(PatientBirthDate="19000305", StudyDate="20040305"), 90),
        (setting(PatientBirthDate="20040305", StudyDate="19400305"), None),
        (setting(PatientBirthDate="19400305"), None),
        (setting(), None),
    ],
)
def test_age_comes_from_the_age_or_two_dates_and_stops_at_ninety(
    change: Change, years: float | None
) -> None:
    assert read(make_dicom(ramp(), change=change)).facts.age_years == years


@pytest.mark.parametrize(
    ("position", "view"),
    [("PA", "PA"), ("AP", "AP"), ("LL", "LATERAL"), ("LATERAL", "LATERAL"), ("RAO", "")],
)
def test_view_is_one_of_three_or_unknown(position: str, view: str) -> None:
    film = read(make_dicom(ramp(), change=setting(ViewPosition=position)))
    assert film.facts.view == view


def test_the_view_code_speaks_where_the_position_is_silent() -> None:
    item = Dataset()
    item.CodeValue = "R-10206"
    change = setting(ViewPosition="", ViewCodeSequence=Sequence([item]))
    assert read(make_dicom(ramp(), change=change)).facts.view == "AP"


ODD = "The header of this file contradicts its pixels; export the film again."


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (
            setting(Modality="CT"),
            NotAFrontalOrLateralRadiograph,
            "This file gives CT as its modality; choose a radiograph, that is CR, DX or RG.",
        ),
        (
            setting(Modality="JANE DOE"),
            NotAFrontalOrLateralRadiograph,
            "This file names no known modality; choose a radiograph, that is CR, DX or RG.",
        ),
        (
            setting(BodyPartExamined="HIP"),
            NotAChestFilm,
            "This film shows the hip, not the chest; choose a chest film.",
        ),
        (
            setting(BodyPartExamined="", StudyDescription="Left KNEE 2 views"),
            NotAChestFilm,
            "This film shows the knee, not the chest; choose a chest film.",
        ),
        (
            setting(NumberOfFrames=2),
            MultiFrame,
            "This file holds several pictures; export the one film you mean as a file of its own.",
        ),
        (
            setting(PhotometricInterpretation="PALETTE COLOR"),
            UnsupportedPixels,
            "This film uses a colour palette; export it in greys.",
        ),
        (
            lacking("PixelData"),
            NotAnImage,
            "This DICOM file holds no picture; choose the file with the film.",
        ),
        (
            setting(BitsAllocated=32),
            UnsupportedPixels,
            "The pixels of this file are not 8 or 16 bits wide; export it with 16 bits.",
        ),
        (setting(Rows=0), UnsupportedPixels, ODD),
        (setting(PhotometricInterpretation="HSV"), UnsupportedPixels, ODD),
        (setting(SamplesPerPixel=3), UnsupportedPixels, ODD),
        (
            setting(Rows=41),
            Truncated,
            "The picture in this file is cut short or damaged; copy or export the file again.",
        ),
        (
            setting(Rows=60000, Columns=60000),
            TooLarge,
            "This picture has 3600 million pixels, more than the 50 million taken here; send it at"
            " a lower resolution.",
        ),
    ],
)
def test_what_is_no_chest_film_is_refused_in_one_sentence(
    change: Change, kind: type[ImagingError], sentence: str
) -> None:
    assert refusal(make_dicom(ramp(), change=change), kind) == sentence


def test_another_part_of_the_body_is_taken_when_no_chest_is_required() -> None:
    data = make_dicom(ramp(), change=setting(BodyPartExamined="HIP"))
    assert read(data, require_chest=False).facts.body_part == "hip"


def test_a_digitised_film_in_a_secondary_capture_counts_as_a_radiograph() -> None:
    secondary_capture = "1.2.840.10008.5.1.4.1.1.7"
    change = setting(Modality="OT", ConversionType="DF", SOPClassUID=secondary_capture)
    assert read(make_dicom(ramp(), change=change)).facts.modality == "RG"


def test_colours_are_refused() -> None:
    colours = np.zeros((40, 50, 3), np.uint8)
    colours[:, :, 0] = 200
    sentence = refusal(make_dicom(colours, bits=8, change=rgb), UnsupportedPixels)
    assert sentence == "This picture is in colour; send the radiograph in greys."


def rewritten(data: bytes, **elements: Any) -> bytes:
    dataset = pydicom.dcmread(io.BytesIO(data))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def test_an_unknown_or_film_compression_is_named() -> None:
    data = make_dicom(ramp(), syntax=JPEGLSLossless)
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.100")
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    sentence = refusal(buffer.getvalue(), UnsupportedTransferSyntax)
    assert sentence.startswith("Pixels compressed as MPEG2 Main Profile / Main Level")
    assert "(1.2.840.10008.1.2.4.100) cannot be read here" in sentence


def test_twelve_bit_jpeg_extended_is_refused_by_name() -> None:
    data = make_dicom(ramp(), syntax=JPEGLSLossless)
    dataset = pydicom.dcmread(io.BytesIO(data))
    dataset.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.4.51")
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    sentence = refusal(buffer.getvalue(), UnsupportedTransferSyntax)
    assert "JPEG Extended" in sentence
    assert sentence.endswith("export the film uncompressed or as JPEG 2000 lossless.")


@pytest.mark.parametrize("syntax", [JPEGLSLossless, JPEG2000Lossless])
def test_a_stream_of_another_size_than_its_header_is_refused(syntax: UID) -> None:
    data = rewritten(make_dicom(ramp(), syntax=syntax), Rows=39)
    assert refusal(data, UnsupportedPixels) == ODD


@pytest.mark.filterwarnings("ignore:End of file reached:UserWarning")
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
@pytest.mark.parametrize("share", [0.6, 0.9])
def test_half_a_file_never_becomes_half_a_film(syntax: UID, share: float) -> None:
    noise = np.random.default_rng(0).integers(0, 4096, (90, 80)).astype(np.uint16)
    data = make_dicom(noise, syntax=syntax)
    assert refusal(data[: int(len(data) * share)], Truncated)


def test_a_deflated_file_is_not_inflated_beyond_the_limit() -> None:
    data = make_dicom(
        np.zeros((6000, 6000), np.uint16),
        syntax=DeflatedExplicitVRLittleEndian,
        change=setting(Rows=10, Columns=10),
    )
    assert len(data) < 100_000
    sentence = refusal(data, TooLarge, max_pixels=1000)
    assert sentence == "This file inflates to far more than a film; export it uncompressed."


@pytest.mark.filterwarnings("ignore:End of file reached:UserWarning")
@pytest.mark.parametrize(
    "data", [b"\0" * 128 + b"DICM", b"\0" * 128 + b"DICM" + b"\xff" * 40], ids=["bare", "junk"]
)
def test_a_damaged_header_is_refused(data: bytes) -> None:
    sentence = refusal(data, NotAnImage)
    assert sentence == "The DICOM header of this file is damaged; export the film again."


def test_read_dicom_takes_dicom_only() -> None:
    with pytest.raises(NotAnImage, match=r"^This file is no DICOM file"):
        read_dicom(io.BytesIO(b"hello"))


@needs_data
@pytest.mark.parametrize(
    ("name", "shape", "bits", "window"),
    [
        ("CR-MONO1-10-chest.dcm", (440, 440), 10, (473.5, 1023)),
        ("RG1_J2KI.dcm", (1955, 1841), 15, (17767.5, 29999)),
        ("RG1_JLSN.dcm", (1955, 1841), 15, (17767.5, 29999)),
        ("dx_mono1_12bit_deflated_inverse.dcm", (651, 613), 12, (2047.5, 4095)),
        ("dx_mono2_12bit_implicit_voilut.dcm", (651, 613), 12, (2047.5, 2189.8)),
        ("dx_mono2_12bit_j2k_rescale.dcm", (651, 613), 12, (2047.75, 4095.5)),
        ("dx_mono2_12bit_rle_two_windows.dcm", (651, 613), 12, (2047.5, 4095)),
        ("nih_google_dx_8bit_implicit.dcm", (1024, 1024), 8, (127.5, 255)),
    ],
)
def test_every_real_file_comes_in(
    name: str, shape: tuple[int, int], bits: int, window: tuple[float, float]
) -> None:
    film = read_film(DATA / "dicom" / name)
    assert film.pixels.shape == shape == (film.facts.rows, film.facts.columns)
    assert film.facts.bits_stored == bits
    assert (film.facts.window_center, film.facts.window_width) == pytest.approx(window, abs=0.1)
    if name.startswith("dx_mono"):
        digest = hashlib.md5(film.pixels.astype("<u2").tobytes(), usedforsecurity=False)
        assert digest.hexdigest().startswith(GOLDEN)
    # Outside air is dark and the spine bright, whatever the file calls white.
    assert film.pixels[:, shape[1] // 2].mean() > np.percentile(film.pixels, 40)


def test_the_extremity_of_pydicom_data_is_refused() -> None:
    import data_store

    file = Path(next(iter(data_store.__path__))) / "data" / "RG3_UNCR.dcm"
    assert os.path.exists(file)
    with pytest.raises(NotAChestFilm, match=r"^This film shows the arm or leg, not the chest"):
        read_film(file)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("syntax", SYNTAXES, ids=lambda syntax: syntax.name)
def test_damaged_bytes_give_a_film_or_a_refusal_and_never_another_error(syntax: UID) -> None:
    windows = setting(
        WindowCenter=5, WindowWidth=9, VOILUTSequence=lut(0, list(range(300))), PatientAge="057Y"
    )
    whole = make_dicom(ramp(), syntax=syntax, change=windows)
    random = np.random.default_rng(11)
    outcomes = {"film": 0, "refusal": 0}
    for _ in range(200):
        damaged = bytearray(whole)
        for place in random.integers(128, len(whole), 4):
            damaged[place] = random.integers(256)
        try:
            film = read(bytes(damaged))
        except ImagingError:
            outcomes["refusal"] += 1
        else:
            outcomes["film"] += 1
            assert film.pixels.shape == (film.facts.rows, film.facts.columns)
    assert sum(outcomes.values()) == 200
    assert outcomes["refusal"] > 0
