import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scoring.reports.reader import CONCEPTS, NORMAL_REGIONS, Region, read_report, spelling
from scoring.reports.reader.lexicon import LEXICON, expand, plural_of
from scoring.reports.reader.spelling import SpellingIndex, deletions, edit_distance

TAXONOMY = Path(__file__).parents[4] / "radgame" / "cases" / "data" / "findings.toml"


def test_a_pattern_stands_for_all_its_phrases() -> None:
    assert set(expand("a|b c?")) == {("a",), ("b",), ("a", "c"), ("b", "c")}
    assert list(expand("?")) == [("?",)]


@pytest.mark.parametrize(
    ("word", "plural"),
    [("effusion", "effusions"), ("mass", "masses"), ("opacity", "opacities"), ("sinus", "sinus")],
)
def test_plurals_are_made_by_rule(word: str, plural: str) -> None:
    assert plural_of(word) == plural


def test_every_taxonomy_slug_is_one_of_the_box_game() -> None:
    known = {row["slug"] for row in tomllib.loads(TAXONOMY.read_text())["finding"]}
    assert {concept.taxonomy for concept in CONCEPTS.values() if concept.taxonomy} <= known


def test_every_finding_of_the_box_game_has_a_concept() -> None:
    known = {row["slug"] for row in tomllib.loads(TAXONOMY.read_text())["finding"]}
    assert known == {concept.taxonomy for concept in CONCEPTS.values() if concept.taxonomy}


@pytest.mark.parametrize(
    "row", tomllib.loads(TAXONOMY.read_text())["finding"], ids=lambda r: r["slug"]
)
def test_the_box_games_own_words_are_understood(row: dict[str, Any]) -> None:
    for words in (row["name"], *row["synonyms"]):
        if words in ("band", "surgery"):  # alone they may be any
            continue
        mentions = read_report(words).mentions
        assert any(mention.is_positive for mention in mentions), words


def test_every_composition_is_of_known_anatomy_and_reachable() -> None:
    for anatomy, _ in LEXICON.compositions:
        assert anatomy in LEXICON.anatomy_region


def test_every_region_has_a_statement_of_normality() -> None:
    assert set(NORMAL_REGIONS) == set(Region)


def test_the_memory_of_spellings_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scoring.reports.reader.lexicon.MOST_REMEMBERED_WORDS", 10)
    monkeypatch.setattr(LEXICON, "remembered", {})
    for number in range(100):
        LEXICON.canonical("word" + "abcdefghij"[number % 10] + "abcdefghij"[number // 10])
        assert len(LEXICON.remembered) <= 10


@pytest.mark.parametrize(
    ("first", "second", "distance"),
    [("", "ab", 2), ("kitten", "sitting", 3), ("pnuemo", "pneumo", 1), ("same", "same", 0)],
)
def test_the_distance_counts_letters_and_swaps(first: str, second: str, distance: int) -> None:
    assert edit_distance(first, second) == edit_distance(second, first) == distance


def test_only_long_words_with_the_right_first_letter_are_mended() -> None:
    index = SpellingIndex(["effusion", "mass", "pneumothorax"])
    assert index.nearest("efusion") == "effusion"
    assert index.nearest("pneumotorx") == "pneumothorax"
    assert index.nearest("affusion") is None
    assert index.nearest("mas") is None
    assert index.nearest("effect") is None


def test_a_text_without_blanks_is_no_misspelling(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left of it without any two letters would be a hundred gigabytes."""
    index = SpellingIndex(["effusion", "mass", "pneumothorax"])
    looked_at: list[str] = []

    def recorded(word: str, depth: int) -> Iterator[str]:
        looked_at.append(word)
        return deletions(word, depth)

    monkeypatch.setattr(spelling, "deletions", recorded)
    assert index.nearest("effffusion") == "effusion"
    assert "effffusion" in looked_at
    for word in ("e" + "ffusion" * 800, "éèß" * 2000, "zebra" * 3):
        assert index.nearest(word) is None
        assert word not in looked_at
    assert LEXICON.canonical("pneumothorax" * 500) == "pneumothorax" * 500
    assert "pneumothorax" * 500 not in LEXICON.remembered
