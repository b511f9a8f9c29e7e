"""Static files under hashed names: every module finds its imports under theirs."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

IMPORT = re.compile(r"""^\s*(?:import|export)\s[^;'"]*\sfrom\s*["'](\.[^"']+)["']""", re.MULTILINE)
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")


@pytest.fixture
def collected(settings: Settings, tmp_path: Path) -> Path:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "radgame.static.HashedStaticStorage"},
    }
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path / "static"


def test_every_import_of_a_hashed_module_names_a_hashed_file_that_is_there(
    collected: Path,
) -> None:
    modules = [path for path in (collected / "js").rglob("*.js") if HASHED.search(path.name)]
    imports = [
        (module, module.parent / named)
        for module in modules
        for named in IMPORT.findall(module.read_text())
    ]
    assert len(modules) > 10
    assert len(imports) > 20
    for module, target in imports:
        assert HASHED.search(target.name), f"{module.name} imports {target.name}"
        assert target.exists(), f"{module.name} imports {target.name}"
