"""Why a file could not become a film.

    ImagingError
    ├── EmptyFile                            no bytes at all
    ├── NotAnImage                           neither DICOM nor PNG nor JPEG, or no picture inside
    ├── Truncated                            the picture is cut short or damaged
    ├── TooLarge                             more pixels or bytes than this server takes
    ├── MultiFrame                           several pictures in one file
    ├── UnsupportedTransferSyntax            a DICOM compression that cannot be decoded
    ├── UnsupportedPixels                    palette, colour, float or otherwise unusable samples
    ├── NotAFrontalOrLateralRadiograph       another modality, such as CT
    ├── NotAChestFilm                        a radiograph of another part of the body
    └── BadPixelMessage                      bytes that do not follow docs/pixel-format.md

Each message is one sentence a reader can act on. None repeats a value of the file unless that value
belongs to a closed vocabulary (a transfer syntax, a modality code, a body part): free text in a
header may hold a name.
"""


class ImagingError(Exception):
    """A file or message that cannot become a film."""


class EmptyFile(ImagingError):
    """The file holds no bytes."""

    def __init__(self) -> None:
        super().__init__("This file is empty; export the film again and send the new file.")


class NotAnImage(ImagingError):
    """The file is no DICOM, PNG or JPEG picture."""


class Truncated(ImagingError):
    """The picture ends early or is damaged."""

    def __init__(self) -> None:
        super().__init__(
            "The picture in this file is cut short or damaged; copy or export the file again."
        )


class TooLarge(ImagingError):
    """The picture is larger than the server takes; nothing was allocated for it."""


class MultiFrame(ImagingError):
    """The file holds several pictures."""

    def __init__(self) -> None:
        super().__init__(
            "This file holds several pictures; export the one film you mean as a file of its own."
        )


class UnsupportedTransferSyntax(ImagingError):
    """The DICOM compression is unknown or cannot be decoded here."""

    def __init__(self, name: str, uid: str) -> None:
        self.uid = uid
        super().__init__(
            f"Pixels compressed as {name} ({uid}) cannot be read here; export the film uncompressed"
            " or as JPEG 2000 lossless."
        )


class UnsupportedPixels(ImagingError):
    """The samples are palette entries, colours, floats or otherwise no grey levels."""


class NotAFrontalOrLateralRadiograph(ImagingError):
    """The picture comes from another modality; `modality` is its code, or "" when not stated."""

    def __init__(self, modality: str) -> None:
        self.modality = modality
        stated = f"gives {modality} as its modality" if modality else "names no known modality"
        super().__init__(f"This file {stated}; choose a radiograph, that is CR, DX or RG.")


class NotAChestFilm(ImagingError):
    """The header names another part of the body; `body_part` is our own word for it."""

    def __init__(self, body_part: str) -> None:
        self.body_part = body_part
        super().__init__(f"This film shows the {body_part}, not the chest; choose a chest film.")


class BadPixelMessage(ImagingError):
    """Bytes that do not follow docs/pixel-format.md."""
