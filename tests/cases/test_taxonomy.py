import json
from collections import Counter
from pathlib import Path

import pytest

from radgame.cases import taxonomy
from radgame.cases.importers import FORMATS
from radgame.cases.taxonomy import (
    LabelRule,
    TaxonomyError,
    load_datasets,
    load_findings,
    load_labels,
)

DATASETS = sorted(load_datasets())
LABELLED = [slug for slug in DATASETS if load_labels(slug).rules]

CHESTX_DET = (
    "Atelectasis|Calcification|Cardiomegaly|Consolidation|Diffuse Nodule|Effusion|Emphysema|"
    "Fibrosis|Fracture|Mass|Nodule|Pleural Thickening|Pneumothorax"
)
NIH = "Atelectasis|Cardiomegaly|Effusion|Infiltrate|Mass|Nodule|Pneumonia|Pneumothorax"
VINDR = (
    "Aortic enlargement|Atelectasis|Calcification|Cardiomegaly|Clavicle fracture|Consolidation|"
    "Edema|Emphysema|Enlarged PA|ILD|Infiltration|Lung Opacity|Lung cavity|Lung cyst|"
    "Mediastinal shift|Nodule/Mass|Pleural effusion|Pleural thickening|Pneumothorax|"
    "Pulmonary fibrosis|Rib fracture|Other lesion"
)
PADCHEST_DERIVED = (
    "Atelectasis|Bronchiectasis|Bullas|Calcification|Cardiomegaly|Catheter|Consolidation|"
    "Fibrotic band|Fracture|Heart device|Hiatal hernia|Hilar enlargement|Hyperinflation|"
    "Infiltration|Interstitial pattern|Nodule/Mass|Osteosynthesis/suture material|"
    "Pleural effusion|Pleural thickening|Pneumothorax|Postoperative change|"
    "Prosthesis/endoprosthesis|Scoliosis|Tube"
)


def test_the_published_findings_are_drawn_or_selected_as_published() -> None:
    offered = load_datasets()["padchest-gr"].findings
    kinds = Counter(load_findings()[slug].kind for slug in offered)
    assert kinds == {"draw": 16, "select": 7}


def test_every_finding_says_what_it_looks_like_and_by_whom() -> None:
    for entry in load_findings().values():
        assert entry.name
        assert len(entry.appearance) > 80
        assert entry.appearance_source
        assert (entry.reader_iou_median is None) == (entry.reader_iou_source == "")
        assert entry.reader_iou_median is None or 0 < entry.reader_iou_median < 1


def test_no_name_or_synonym_means_two_findings() -> None:
    words = Counter(
        word.casefold()
        for entry in load_findings().values()
        for word in {entry.name.casefold(), *(synonym.casefold() for synonym in entry.synonyms)}
    )
    assert [word for word, count in words.items() if count > 1] == []


def test_every_finding_is_offered_by_a_dataset() -> None:
    offered = {slug for entry in load_datasets().values() for slug in entry.findings}
    assert offered == set(load_findings())


def test_every_format_fills_a_dataset_with_labels() -> None:
    assert {importer.dataset for importer in FORMATS.values()} == set(load_datasets())
    assert all(name == importer.name for name, importer in FORMATS.items())
    assert all(importer.description for importer in FORMATS.values())


@pytest.mark.parametrize("slug", ["padchest-gr", "vindr-cxr", "rexgradient", "openi", "dicom"])
def test_what_may_not_be_passed_on_is_not_open_to_everyone(slug: str) -> None:
    entry = load_datasets()[slug]
    assert not entry.redistributable
    assert entry.audience == "signed_in"


@pytest.mark.parametrize("slug", DATASETS)
def test_what_a_film_is_scored_on_is_offered_to_the_learner(slug: str) -> None:
    label_map, offered = load_labels(slug), set(load_datasets()[slug].findings)
    for group, findings in label_map.groups.items():
        assert set(findings) <= offered, group
        assert len(findings) == len(set(findings))
    stated = {rule.finding for rule in label_map.rules.values() if rule.finding}
    silent = {finding for rule in label_map.rules.values() for finding in rule.silent}
    assert stated | silent <= offered


@pytest.mark.parametrize("slug", LABELLED)
def test_every_finding_that_is_looked_for_can_be_stated(slug: str) -> None:
    label_map = load_labels(slug)
    stated = {rule.finding for rule in label_map.rules.values() if rule.finding}
    for findings in label_map.groups.values():
        assert set(findings) <= stated


@pytest.mark.parametrize("slug", LABELLED)
def test_no_label_silences_what_it_states(slug: str) -> None:
    for label, rule in load_labels(slug).rules.items():
        assert rule.finding not in rule.silent, label
        doubtful = bool(rule.silent) or rule.finding is None
        assert not doubtful or rule.reason, label


@pytest.mark.parametrize(
    ("slug", "labels"),
    [
        ("chestx-det", CHESTX_DET),
        ("nih-cxr14", NIH),
        ("vindr-cxr", VINDR),
        ("padchest-gr", PADCHEST_DERIVED),
        ("rsna-pneumonia", "Lung Opacity|No Lung Opacity / Not Normal"),
    ],
)
def test_every_label_of_a_dataset_is_known_whatever_its_case(slug: str, labels: str) -> None:
    label_map = load_labels(slug)
    for label in labels.split("|"):
        assert label_map.rule(label) is not None, label
        assert label_map.rule(f" {label.upper()} ") == label_map.rule(label)


@pytest.mark.parametrize(
    ("label", "finding", "silent"),
    [
        ("pseudonodule", None, {"nodule-mass"}),
        ("calcified granuloma", "calcification", {"nodule-mass"}),
        ("costophrenic angle blunting", None, {"pleural-effusion", "pleural-thickening"}),
        ("flattened diaphragm", "hyperinflation", set()),
        ("calcified pleural plaques", "calcification", {"pleural-thickening"}),
        ("ground glass pattern", "interstitial-pattern", {"consolidation"}),
        ("infiltrates", "consolidation", set()),
        ("fibrotic band", "atelectasis-fibrotic-band", set()),
    ],
)
def test_the_doubtful_merges_are_decided(label: str, finding: str | None, silent: set[str]) -> None:
    rule = load_labels("padchest-gr").rule(label)
    assert rule is not None
    assert (rule.finding, set(rule.silent)) == (finding, silent)


def test_sentence_rules_lead_to_labels_that_the_map_decides() -> None:
    label_map = load_labels("padchest-gr")
    assert label_map.sentence_rules
    for rule in label_map.sentence_rules:
        assert label_map.rule(rule.label) is not None
        assert label_map.rule(rule.meaning) is not None
        assert rule.applies(rule.label.upper(), f"Slight {rule.contains[0].upper()}.")
        assert not rule.applies("Scoliosis", rule.contains[0])
        assert not rule.applies(rule.label, "Something else.")
        for word in rule.unless:
            assert not rule.applies(rule.label, f"{rule.contains[0]} and {word}")


def _write(folder: Path, labels: str) -> None:
    (folder / "labels").mkdir()
    (folder / "labels" / "mine.toml").write_text(labels)


def test_a_label_file_that_names_an_unknown_finding_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_findings()
    monkeypatch.setattr(taxonomy, "DATA", tmp_path)
    _write(tmp_path, '[labels]\nSpot = "no-such-finding"\n')
    with pytest.raises(TaxonomyError, match=r"mine.toml: spot names no-such-finding"):
        load_labels.__wrapped__("mine")


def test_labels_doubts_and_refusals_are_read_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_findings()
    monkeypatch.setattr(taxonomy, "DATA", tmp_path)
    _write(
        tmp_path,
        '[labels]\nSpot = "nodule-mass"\n'
        '[doubtful]\nHaze = { silent = ["consolidation"], reason = "Open." }\n'
        '[not_scored]\nOther = "No kind."\n[normal]\nlabels = ["Clear"]\n',
    )
    label_map = load_labels.__wrapped__("mine")
    assert dict(label_map.rules) == {
        "spot": LabelRule("nodule-mass"),
        "haze": LabelRule(None, ("consolidation",), "Open."),
        "other": LabelRule(None, (), "No kind."),
    }
    assert label_map.is_normal(" CLEAR ")
    assert not label_map.is_normal("spot")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colour": 8}, "has no colour from 0 to 7"),
        ({"kind": "guess"}, "is neither draw nor select"),
        ({}, "names spot twice"),
    ],
)
def test_a_taxonomy_that_contradicts_itself_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object], said: str
) -> None:
    row = {"slug": "spot", "name": "Spot", "kind": "draw", "colour": 1, "appearance": "Round."}
    entry = {**row, "appearance_source": "None.", **change}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items())
    (tmp_path / "findings.toml").write_text(f"[[finding]]\n{lines}" * 2)
    monkeypatch.setattr(taxonomy, "DATA", tmp_path)
    with pytest.raises(TaxonomyError, match=said):
        load_findings.__wrapped__()


@pytest.mark.data
def test_every_raw_label_behind_the_published_classes_is_decided(shared_data: Path) -> None:
    classes = json.loads((shared_data / "padchest_gr" / "raw_label_to_class.json").read_text())
    label_map = load_labels("padchest-gr")
    known = {"bullas", *label_map.rules}
    assert {raw.casefold() for raws in classes.values() for raw in raws} <= known
