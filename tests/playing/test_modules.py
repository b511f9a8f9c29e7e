"""A page asks at once for the scripts it needs, and for no other game's."""

from pathlib import Path

from radgame.playing.modules import modules_of

JS = Path(__file__).resolve().parents[2] / "static" / "js"


def test_a_page_is_told_of_everything_its_script_imports_directly_or_not() -> None:
    modules = modules_of("js/play.js")
    assert "js/elements/rg-reading.js" in modules
    assert "js/viewer/geometry.js" in modules


def test_what_the_worker_imports_is_fetched_ahead_and_the_worker_itself_is_not() -> None:
    modules = modules_of("js/play.js")
    assert "js/viewer/pixels.js" in modules
    assert "js/viewer/pixel-worker.js" not in modules
    assert "js/play.js" not in modules


def test_every_module_named_is_a_file_and_named_once() -> None:
    modules = modules_of("js/play.js")
    assert len(set(modules)) == len(modules)
    assert [name for name in modules if not (JS.parent / name).is_file()] == []
