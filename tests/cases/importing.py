"""Running the import command in this process, and counting what it left behind."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from tests.cases.synthetic import NIH_HEADER, write_text
from tests.imaging.files import make_raster, ramp

ROW = re.compile(r"^(?P<what>\S.*?)\s+│\s+(?P<count>\d+)\s+│\s*(?P<where>.*?)\s*$")
BOXES = "BBox_List_2017.csv"

Table = dict[str, tuple[int, str]]


def import_dataset(*arguments: object) -> Table:
    """Import with one process; the table at the end, by its first column."""
    return table_of(printed_by(*arguments))


def refused(*arguments: object) -> tuple[str, Table]:
    """The sentence with which the command ends in failure, and the table before it."""
    out = io.StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command("import_dataset", *map(str, arguments), workers=1, stdout=out)
    assert refusal.value.returncode == 1
    return str(refusal.value), table_of(out.getvalue())


def printed_by(*arguments: object) -> str:
    out = io.StringIO()
    call_command("import_dataset", *map(str, arguments), workers=1, stdout=out)
    return out.getvalue()


def table_of(printed: str) -> Table:
    """The rows of the table: what → (how many, where)."""
    rows = [match for line in printed.splitlines() if (match := ROW.match(line))]
    return {row["what"]: (int(row["count"]), row["where"]) for row in rows}


def row_counts() -> dict[str, int]:
    """How many rows every table of the project holds."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def media_files() -> dict[str, bytes]:
    """Every stored file by its name."""
    root = Path(settings.MEDIA_ROOT)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def write_picture(
    path: Path,
    size: int = 64,
    *,
    change: Callable[[npt.NDArray[np.uint16]], npt.NDArray[np.uint16]] = lambda pixels: pixels,
) -> Path:
    """A square 8-bit film of `size` pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_raster(change(ramp(size, size, bits=8)).astype(np.uint8)))
    return path


def write_boxes(root: Path, *rows: str) -> Path:
    """NIH's list of boxes: film, label, x, y, width, height on the 1024 square."""
    return write_text(root / BOXES, NIH_HEADER, *rows)
