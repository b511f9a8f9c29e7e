"""The shelf of report metrics: figures by hand, and plain words where one is not to be had."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.reports.metrics import METRICS, MetricUnavailable, get_metric
from scoring.reports.metrics.base import loading
from scoring.reports.metrics.lexical import load_bleu, meteor_with
from scoring.reports.metrics.neural import cosine, labels_f1, load_bertscore
from scoring.reports.metrics.radcliq import radcliq_v1, radgraph_combined_f1, set_f1

pytest.importorskip("sacrebleu", reason="requirements/models.txt is not installed")

WORD_METRICS = ["bleu", "rougeL", "chrf"]
TEXT = "small left pleural effusion with mild cardiomegaly"


class NoSynonyms:
    """What WordNet is to METEOR, for words that have no synonym."""

    def synsets(self, word: str) -> list[Any]:
        return []


class Synonyms:
    def synsets(self, word: str) -> list[Any]:
        lemmas = [SimpleNamespace(name=lambda: "great")] if word == "big" else []
        return [SimpleNamespace(lemmas=lambda: lemmas)]


def one(name: str, reference: str, candidate: str) -> float:
    [figure] = METRICS[name].load()([reference], [candidate])
    return figure


@pytest.mark.parametrize(
    ("name", "reference", "candidate", "figure"),
    [
        # 4 of 4, 3 of 3, 2 of 2 and 1 of 1 runs; one word short: e^(1 − 5/4).
        ("bleu", "no large left effusion seen", "no large left effusion", math.exp(-1 / 4)),
        # 2 of 3 words and 1 of 2 pairs; no run of three, whose place is halved: 1/2 of 1.
        ("bleu", "no left effusion", "no left pneumothorax", (2 / 3 * 1 / 2 * 1 / 2) ** (1 / 3)),
        ("bleu", "No Effusion", "no effusion", 1.0),
        # The sequence "left effusion": P 2/2, R 2/3.
        ("rougeL", "left pleural effusion", "left effusion", 0.8),
        # Stems are compared, and order counts: of "effusion left", one word is in sequence.
        ("rougeL", "left effusions", "effusion left", 0.5),
        # Runs of one: 2 of 3. Of two: "ab" of "ab, bc". Of three: none. F with P = R.
        ("chrf", "abc", "abd", (2 / 3 + 1 / 2 + 0) / 3),
    ],
)
def test_measures_of_words_give_what_is_computed_by_hand(
    name: str, reference: str, candidate: str, figure: float
) -> None:
    assert one(name, reference, candidate) == pytest.approx(figure)


@pytest.mark.parametrize(
    ("reference", "candidate", "figure"),
    [
        # P 1, R 2/3: F = 10·P·R/(R + 9·P). One piece of two words: penalty 0.5·(1/2)³.
        ("heart is enlarged", "is enlarged", (20 / 3) / (2 / 3 + 9) * (1 - 0.5 / 8)),
        # By stem: all two words, one piece.
        ("left effusions", "left effusion", 1 - 0.5 / 8),
        # Both words in two pieces: penalty 0.5·(2/2)³.
        ("left effusion", "effusion left", 0.5),
        ("left effusion", "normal heart", 0.0),
        ("left effusion", "", 0.0),
    ],
)
def test_meteor_without_synonyms_is_as_computed_by_hand(
    reference: str, candidate: str, figure: float
) -> None:
    assert meteor_with(NoSynonyms())([reference], [candidate]) == [pytest.approx(figure)]


def test_meteor_takes_a_synonym_for_the_word() -> None:
    pair = (["the heart is great"], ["the heart is big"])
    assert meteor_with(Synonyms())(*pair) == [pytest.approx(1 - 0.5 / 4**3)]
    assert meteor_with(Synonyms())(*pair) > meteor_with(NoSynonyms())(*pair)


def test_meteor_without_wordnet_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nltk

    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    with pytest.raises(MetricUnavailable, match=r"METEOR needs WordNet.*nltk\.downloader wordnet"):
        METRICS["meteor"].load()


@pytest.mark.parametrize("name", WORD_METRICS)
def test_equal_texts_score_one_and_empty_ones_nothing(name: str) -> None:
    assert one(name, TEXT, TEXT) == pytest.approx(1)
    assert one(name, TEXT, "") == 0
    assert one(name, "", TEXT) == 0
    assert METRICS[name].load()([], []) == []


@settings(max_examples=50, deadline=None)
@given(st.text("abc déö .,", max_size=30), st.text("abc déö .,", max_size=30))
@pytest.mark.parametrize("name", WORD_METRICS)
def test_measures_of_words_lie_in_their_range(name: str, reference: str, candidate: str) -> None:
    assert 0 <= one(name, reference, candidate) <= 1 + 1e-9


def test_rouge_agrees_with_a_longest_sequence_counted_another_way() -> None:
    reference, candidate = list("abcdefg"), list("bacxegf")
    table = [[0] * (len(candidate) + 1) for _ in range(len(reference) + 1)]
    for i, left in enumerate(reference):
        for j, right in enumerate(candidate):
            best = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if left == right else best
    length = table[-1][-1]
    f1 = 2 * length / (len(reference) + len(candidate))
    assert one("rougeL", " ".join(reference), " ".join(candidate)) == pytest.approx(f1)


def test_bleu_of_two_looks_at_pairs_at_most() -> None:
    [figure] = load_bleu(2)(["a b x c d"], ["a b y c d"])
    assert figure == pytest.approx(math.sqrt(4 / 5 * 2 / 4))


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A language model as BERTScore loads one, too small to know anything."""
    torch = pytest.importorskip("torch")
    from transformers import BertConfig, BertModel, BertTokenizer

    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *TEXT.split(), "no", "right"]
    (folder / "vocab.txt").write_text("\n".join(words))
    BertTokenizer(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
    )
    BertModel(config).save_pretrained(folder)
    return str(folder)


def test_bertscore_is_the_greedy_matching_of_the_models_vectors(bert: str) -> None:
    """Against the definition: the mean of each word's best cosine, both ways, as F1."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    reference, candidate = "small left effusion", "right effusion"
    tokenizer, model = AutoTokenizer.from_pretrained(bert), AutoModel.from_pretrained(bert).eval()

    def vectors(text: str) -> Any:
        with torch.no_grad():
            out = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        return torch.nn.functional.normalize(out, dim=-1)

    # The marks of beginning and end count for nothing, but a word may be likest to one of them.
    cosines = vectors(reference) @ vectors(candidate).T
    recall = float(cosines[1:-1].max(dim=1).values.mean())
    precision = float(cosines[:, 1:-1].max(dim=0).values.mean())
    score = load_bertscore(bert, 2, rescaled=False)
    same, other = score([TEXT, reference], [TEXT, candidate])
    assert same == pytest.approx(1, abs=1e-5)
    assert other == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-5)
    assert score([], []) == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bertscore", "BERTScore needs the language model distilroberta-base, which cannot be"),
        ("radgraph", "RadGraph F1 needs the weights radgraph-xl, which cannot be loaded"),
    ],
)
def test_a_measure_without_its_weights_says_so(
    name: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("torch")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    if name == "radgraph":
        import radgraph.radgraph

        monkeypatch.setattr(radgraph.radgraph, "CACHE_DIR", str(tmp_path))
    with pytest.raises(MetricUnavailable, match=sentence):
        METRICS[name].load()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (
            ImportError("No module named 'spacy'"),
            "M needs packages that do not go together as they are installed here "
            "(ImportError: No module named 'spacy').",
        ),
        (
            RuntimeError("a\nb" + "c" * 200),
            f"M needs the weights w, which cannot be loaded (RuntimeError: a b{'c' * 117}…): fetch "
            "it once where there is a network, or set HF_HOME to where it lies.",
        ),
        (OSError(), "M needs the weights w, which cannot be loaded (OSError): fetch it once"),
        (MetricUnavailable("As it was said."), "As it was said."),
    ],
)
def test_trouble_with_loading_is_one_sentence(
    trouble: Exception, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def load() -> None:
        with loading("M", "the weights w"):
            print("Using device: cpu")
            raise trouble

    with pytest.raises(MetricUnavailable) as refused:
        load()
    assert str(refused.value).startswith(sentence)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", METRICS)
def test_a_measure_without_its_package_says_how_to_get_it(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.reports.metrics.base.find_spec", lambda module: None)
    with pytest.raises(MetricUnavailable, match=r"needs the package .* not installed: pip install"):
        METRICS[name].load()


def test_every_measure_is_described() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.title
        assert metric.measures
        assert metric.source
        assert metric.licence
        assert metric.highest == 1 or name == "radcliq"
    assert [m.name for m in METRICS.values() if not m.higher_is_better] == ["radcliq"]


def test_a_measure_is_found_whatever_its_case() -> None:
    assert get_metric(" ROUGEl ") is METRICS["rougeL"]
    with pytest.raises(KeyError, match="There is no metric cider; there are bleu, rougeL"):
        get_metric("cider")


@pytest.mark.parametrize(
    ("parts", "figure"),
    [
        # At the authors' means nothing is left but the intercept.
        ((0.53792312, 0.61757256, 0.76479421, 0.44738335), 0.0),
        # One scale above the mean of RadGraph F1 alone.
        ((0.53792312 + 0.30282584, 0.61757256, 0.76479421, 0.44738335), -0.377083683),
        # 1.5259·(−.3771) + 1.7049·(−.3703) + .9262·(−.2526) = −.5754 − .6313 − .2340
        ((1, 1, 1, 1), -1.4407),
        # 1.7763·.3771 + 2.7532·.3703 + 3.0117·.2526 = .6698 + 1.0195 + .7608
        ((0, 0, 0, 0), 2.4501),
    ],
)
def test_radcliq_is_the_authors_line(parts: tuple[float, ...], figure: float) -> None:
    assert radcliq_v1(*parts) == pytest.approx(figure, abs=2e-4)


def graph(**entities: tuple[str, str, list[list[str]]]) -> dict[str, Any]:
    return {
        "entities": {
            id_: {"tokens": words, "label": label, "relations": relations}
            for id_, (words, label, relations) in entities.items()
        }
    }


def test_radcliqs_part_of_radgraph_is_the_mean_of_two_f1() -> None:
    reference = graph(
        a=("left", "ANAT-DP", []),
        b=("effusion", "OBS-DP", [["located_at", "a"]]),
        c=("small", "OBS-DP", [["modify", "b"]]),
    )
    candidate = graph(x=("left", "ANAT-DP", []), y=("effusion", "OBS-DP", [["located_at", "x"]]))
    # Entities: 2 of 2 and 2 of 3, F1 0.8. Relations: 1 of 1 and 1 of 2, F1 2/3.
    assert radgraph_combined_f1(reference, candidate) == pytest.approx((0.8 + 2 / 3) / 2)
    assert radgraph_combined_f1(reference, reference) == 1
    assert radgraph_combined_f1(graph(), graph()) == 0


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_f1_of_sets_is_symmetric_and_one_for_equals(first: set[int], second: set[int]) -> None:
    assert set_f1(first, second) == set_f1(second, first)
    assert set_f1(first, first) == bool(first)


@pytest.mark.parametrize(
    ("reference", "candidate", "figure"),
    [
        ([1, 0, 1, 0], [1, 0, 0, 0], 2 / 3),
        ([1, 0, 1, 0], [1, 0, 1, 0], 1),
        ([0, 0, 0, 0], [0, 0, 0, 0], 1),
        ([0, 0, 0, 0], [0, 1, 0, 0], 0),
        ([0, 1, 0, 0], [1, 0, 0, 0], 0),
    ],
)
def test_the_f1_of_labels_is_one_where_nothing_was_there_or_said(
    reference: list[int], candidate: list[int], figure: float
) -> None:
    assert labels_f1(reference, candidate) == pytest.approx(figure)


def test_the_cosine_of_vectors_is_their_angles() -> None:
    assert cosine([3, 4], [6, 8]) == pytest.approx(1)
    assert cosine([1, 0], [0, 1]) == 0
    assert cosine([1, 1], [1, 0]) == pytest.approx(math.sqrt(0.5))
    assert cosine([0, 0], [1, 0]) == 0
