"""Which explainers there are."""

import subprocess
import sys
from pathlib import Path

import pytest

from scoring.explanations import EXPLAINERS, ExplainerFailed, ExplainerOptions, make_explainer

ROOT = Path(__file__).resolve().parents[3]


def test_the_atlas_needs_no_options() -> None:
    assert make_explainer("atlas").name == "atlas"


def test_a_name_that_no_explainer_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        make_explainer("oracle")


def test_the_key_is_in_no_representation() -> None:
    assert "s3cret" not in repr(ExplainerOptions(url="http://localhost", key="s3cret"))


def test_every_explainer_has_the_name_it_is_made_by(monkeypatch: pytest.MonkeyPatch) -> None:
    # None is loaded when it is made, so the packages need not be there.
    monkeypatch.setattr("scoring.explanations.choice.find_spec", lambda name: name)
    options = ExplainerOptions(url="http://localhost", model="m")
    assert [make_explainer(name, options).name for name in EXPLAINERS] == list(EXPLAINERS)


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    heavy = ["torch", "transformers", "django"]
    code = (
        "import sys; from scoring.explanations import make_explainer; make_explainer('atlas'); "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_explainers_are_those_that_the_settings_name() -> None:
    assert sorted(EXPLAINERS) == ["atlas", "openai", "transformers"]


def test_an_explainer_whose_packages_are_absent_says_how_to_install_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("scoring.explanations.choice.find_spec", lambda name: None)
    with pytest.raises(
        ExplainerFailed,
        match=r"transformers needs torch and transformers, which are not installed: pip install",
    ):
        make_explainer("transformers")
