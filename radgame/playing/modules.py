"""Which scripts a page needs, so that the browser asks for all of them at once."""

import re
from functools import cache
from pathlib import Path

from django.conf import settings

_IMPORT = re.compile(
    r"""^\s*(?:import|export)\s(?:[^;'"]*\sfrom\s*)?["'](\.[^"']+)["']""", re.MULTILINE
)


# Started by a script of the viewer; what it imports is fetched sooner if the page asks for it.
WORKER = "js/viewer/pixel-worker.js"


@cache
def modules_of(entry: str) -> tuple[str, ...]:
    """Every module that a page's script imports, directly or not, as names of static files."""
    root: Path = (settings.BASE_DIR / "static").resolve()
    found: set[Path] = set()
    waiting = [root / entry, root / WORKER]
    while waiting:
        module = waiting.pop()
        imported = {
            (module.parent / name).resolve()
            for name in _IMPORT.findall(module.read_text(encoding="utf-8"))
        }
        waiting.extend(imported - found)
        found |= imported
    return tuple(sorted(str(path.relative_to(root)) for path in found))
