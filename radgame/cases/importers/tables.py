"""Reading other people's files: CSV by column name, JSON, and folders of films."""

import csv
import gzip
import json
import math
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from .record import BadRecord, Box, CannotRead, Skipped

NOT_A_NUMBER = "A coordinate is not a finite number. Correct the row or leave it out."
NOT_A_BOX = "A box has no area. Correct the row or leave it out."
NOT_A_POINT = "A point of an outline is not a pair of numbers. Correct the record or leave it out."
CUT_SHORT = "A row has fewer cells than the header. Fetch the file again or correct the row."
INCOMPLETE = "A row of this film is cut short, so its regions are incomplete. Fetch the file again."
REPEATED = "A row repeats an earlier one word for word; it is counted once."

QUOTED = 120
"""Longest piece of a record that is repeated in the table."""

FILM_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".dcm", ".dicom", ".dic", ".ima", ""})


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """The text of a file, gzipped or not, as UTF-8 with or without a byte-order mark."""
    try:
        if not path.is_file():
            raise CannotRead(f"{path} is not there. Name the dataset's folder or file.")
        if path.stat().st_size == 0:
            raise CannotRead(f"{path.name} is empty. Fetch it again.")
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
                yield file
        else:
            with path.open(encoding="utf-8-sig", newline="") as file:
                yield file
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CannotRead(f"{path.name} is cut short or damaged. Fetch it again.") from error
    except UnicodeDecodeError as error:
        raise CannotRead(f"{path.name} is not UTF-8 text. Fetch the original again.") from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> CannotRead:
    return CannotRead(
        f"{path} cannot be read: {error.strerror or error}. See that it may be, and is whole."
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table, which remembers where it stood."""

    file: str
    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """The cell, or an empty string where the table has no such column."""
        return self.cells.get(column, "")

    @property
    def where(self) -> str:
        """File and line, for a person who goes looking."""
        return f"{self.file} line {self.line}"

    def number(self, column: str) -> float:
        """The cell as a finite number; raises BadRecord."""
        try:
            value = float(self.cells[column])
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise BadRecord(NOT_A_NUMBER, f"{self.where}: {column} is {self.cells[column]!r}")
        return value


class CutRow(BadRecord):
    """A row with too few cells, and those that it has: whose row it was can often be told."""

    def __init__(self, row: Row) -> None:
        super().__init__(CUT_SHORT, row.where)
        self.row = row


def read_rows(path: Path, *, required: Sequence[str]) -> Iterator[Row | CutRow]:
    """The rows of a CSV file by column name; a row with too few cells comes as a CutRow.

    Cells beyond the header and header cells without a name are left out: the NIH box
    list has a header of nine cells over rows of six.
    """
    with opened(path) as file:
        reader = csv.reader(file)
        try:
            header = [cell.strip() for cell in next(reader, [])]
            missing = [column for column in required if column not in header]
            if missing:
                raise CannotRead(
                    f"{path.name} has no column {', '.join(map(repr, missing))}; it has "
                    f"{', '.join(filter(None, header)) or 'none'}. Check that it is the "
                    "dataset's own file."
                )
            last = max(header.index(column) for column in required)
            for cells in reader:
                if not any(cells):
                    continue
                named = zip(header, cells, strict=False)
                row = Row(
                    path.name,
                    reader.line_num,
                    {name: cell.strip() for name, cell in named if name},
                )
                yield row if len(cells) > last else CutRow(row)
        except csv.Error as error:
            raise CannotRead(
                f"{path.name} line {reader.line_num} is not CSV ({error}). Fetch the file again."
            ) from error


def rows_by(
    path: Path | None, column: str, *, required: Sequence[str]
) -> tuple[dict[str, Row], list[Skipped]]:
    """The last row for each value of a column, and the rows that were cut short; no file, none."""
    rows: dict[str, Row] = {}
    cut: list[Skipped] = []
    for row in read_rows(path, required=(column, *required)) if path else ():
        if isinstance(row, CutRow):
            cut.append(row.skipped)
        else:
            rows[row[column]] = row
    return rows, cut


@dataclass(frozen=True, slots=True)
class FilmTable:
    """The rows of each film in the table's order, what is left out, and films left out whole."""

    films: dict[str, list[Row]]
    left_out: list[Skipped]
    incomplete: frozenset[str]


def rows_of_films(path: Path, column: str, *, required: Sequence[str]) -> FilmTable:
    """A table with one row a region, by film.

    A row that repeats another word for word is left out. A film with a row that is cut short
    is left out whole: with a region missing, a right mark on it would count as false.
    """
    films: dict[str, list[Row]] = {}
    left_out: list[Skipped] = []
    seen: set[tuple[str, ...]] = set()
    cut: dict[str, str] = {}
    for row in read_rows(path, required=(column, *required)):
        if isinstance(row, CutRow):
            left_out.append(row.skipped)
            cut[row.row.get(column)] = row.row.where
            continue
        cells = tuple(row[name] for name in (column, *required))
        if cells in seen:
            left_out.append(Skipped(REPEATED, f"{row.where} ({cells[0]})"))
            continue
        seen.add(cells)
        films.setdefault(row[column], []).append(row)
    for name, where in cut.items():
        if films.pop(name, None) is not None:
            left_out.append(Skipped(INCOMPLETE, f"{where} ({name})"))
    return FilmTable(films, left_out, frozenset(cut))


def _json_of(path: Path) -> Any:
    with opened(path) as file:
        try:
            return json.load(file)
        except json.JSONDecodeError as error:
            raise CannotRead(
                f"{path.name} line {error.lineno} is not JSON ({error.msg}). Fetch the file again."
            ) from error
        except UnicodeDecodeError:
            raise
        except RecursionError as error:
            raise CannotRead(f"{path.name} is nested too deeply. Fetch the file again.") from error
        except ValueError as error:
            # Python refuses to read integers of thousands of digits.
            raise CannotRead(
                f"{path.name} holds a number of thousands of digits. Fetch the file again."
            ) from error


def read_json_list(path: Path) -> list[dict[str, Any]]:
    """A JSON list of objects; bare NaN is read as such and refused where a number is needed."""
    content = _json_of(path)
    if not isinstance(content, list) or not all(isinstance(entry, dict) for entry in content):
        raise CannotRead(
            f"{path.name} does not hold a list of records. Check that it is the dataset's own file."
        )
    return content


def read_json_dict(path: Path) -> dict[str, dict[str, Any]]:
    """A JSON object of objects by their keys; bare NaN is read as such."""
    content = _json_of(path)
    if not isinstance(content, dict) or not all(isinstance(v, dict) for v in content.values()):
        raise CannotRead(
            f"{path.name} does not hold records by their keys. Check that it is the dataset's own "
            "file."
        )
    return content


def corner_box(corners: object, *, where: str) -> Box:
    """A box given by its corners; raises BadRecord when it is none."""
    if not isinstance(corners, list | tuple) or len(corners) != 4:
        raise BadRecord(NOT_A_BOX, f"{where}: {_quoted(corners)}")
    x_min, y_min, x_max, y_max = (_finite(value, where=where, within=corners) for value in corners)
    if x_max <= x_min or y_max <= y_min:
        raise BadRecord(NOT_A_BOX, f"{where}: {_quoted(corners)}")
    return x_min, y_min, x_max, y_max


def point(value: object, *, where: str) -> tuple[float, float]:
    """A point of an outline; raises BadRecord when it is none."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise BadRecord(NOT_A_POINT, f"{where}: {_quoted(value)}")
    x, y = (_finite(number, where=where, within=value) for number in value)
    return x, y


def _finite(value: object, *, where: str, within: object) -> float:
    number = math.nan
    if isinstance(value, int | float) and not isinstance(value, bool):
        # The whole numbers of JSON have no end, and no float holds the longest.
        with suppress(OverflowError):
            number = float(value)
    if not math.isfinite(number):
        raise BadRecord(NOT_A_NUMBER, f"{where}: {_quoted(within)}")
    return number


def _quoted(value: object) -> str:
    """The value as it stands there, cut where it is longer than anyone reads."""
    text = repr(value)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def sized_box(x: float, y: float, width: float, height: float, *, where: str) -> Box:
    """A box given by its top left corner and its size; raises BadRecord when it has no area."""
    return corner_box((x, y, x + width, y + height), where=where)


class FilmFolder:
    """Every film below a folder by its file name, found in one walk."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise CannotRead(f"{root} is not a folder. Name the folder of images with --images.")
        self.root = root
        self.by_name: dict[str, Path] = {}
        for folder, folders, names in os.walk(root):
            folders.sort()
            for name in sorted(names):
                if os.path.splitext(name)[1].lower() in FILM_SUFFIXES:
                    self.by_name.setdefault(name, Path(folder, name))

    def find(self, *names: str) -> Path | None:
        """The first of the names that is there."""
        return next((self.by_name[name] for name in names if name in self.by_name), None)


def find_file(root: Path, *names: str) -> Path | None:
    """The first of the names below a folder, at any depth, gzipped or not; a file is itself."""
    if root.is_file():
        return root if root.name.removesuffix(".gz") in names else None
    for name in names:
        for candidate in (name, f"{name}.gz"):
            found = sorted(root.rglob(candidate))
            if found:
                return found[0]
    return None


def existing(path: Path) -> Path:
    """The path, when there is something; raises CannotRead."""
    try:
        is_there = path.exists()
    except OSError as error:
        raise _unreadable(path, error) from error
    if not is_there:
        raise CannotRead(f"{path} is not there. Name the dataset's folder or file.")
    return path


def films_beside(path: Path, images: Path | None) -> FilmFolder:
    """The films in --images, else in the dataset's folder itself."""
    if images is not None:
        return FilmFolder(images)
    return FilmFolder(path if path.is_dir() else path.parent)
