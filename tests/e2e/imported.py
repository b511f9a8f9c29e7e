"""A small public dataset as its publisher gives it, imported by the command."""

import json
from pathlib import Path

import numpy as np
from django.core.management import call_command
from PIL import Image as Picture

from radgame.cases.models import Case, CaseSet

# ChestX-Det gives corners in a 1024 square; the film is half as large, so sides fall on halves.
FILE_NAME = "58203.png"
BOX_1024 = (223.0, 511.0, 447.0, 801.0)
BOX_PX = (111.5, 255.5, 223.5, 400.5)
SQUARE = [[223, 511], [447, 511], [447, 801], [223, 801]]


def import_chestx_det(root: Path) -> CaseSet:
    """One film with a consolidation and an effusion, one without any box."""
    (root / "images").mkdir(parents=True)
    noise = np.random.default_rng(3)
    across, down = np.meshgrid(np.linspace(0, 3, 512), np.linspace(0, 4, 512))
    for name in (FILE_NAME, "58204.png"):
        film = 120 + 80 * np.sin(across) * np.cos(down) + noise.normal(0, 6, (512, 512))
        Picture.fromarray(film.clip(0, 255).astype(np.uint8)).save(root / "images" / name)
    records = [
        {
            "file_name": FILE_NAME,
            "syms": ["Consolidation", "Effusion"],
            "boxes": [list(BOX_1024), [129, 739, 451, 903]],
            "polygons": [SQUARE, SQUARE],
        },
        {"file_name": "58204.png", "syms": [], "boxes": [], "polygons": []},
    ]
    (root / "ChestX_Det_train.json").write_text(json.dumps(records))
    call_command("import_dataset", "chestx-det", str(root), "--workers", "1", verbosity=0)
    assert Case.objects.count() == 2
    return CaseSet.objects.get(slug="chestx-det")
