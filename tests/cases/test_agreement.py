"""Agreement between readers, worked out by hand, and what it changes."""

import io

import pytest
from django.core.management import CommandError, call_command

from localize import services
from localize.answers import Answer, DrawnMark
from localize.models import Attempt
from radgame.accounts.models import User
from radgame.cases.agreement import AgreementRow, compute_agreement
from radgame.cases.models import CaseSet, Dataset, Finding, ReaderAgreement, ReferenceRegion
from radgame.cases.reference import DEFAULT_THRESHOLD, load_agreement
from radgame.cases.services import load_taxonomy
from tests.factories import Box, Said, make_case, make_dataset, make_set, token_of

NODULE = "nodule-mass"

pytestmark = pytest.mark.django_db

Boxes = tuple[Box, ...]

# Film by film what A and B drew, and the best IoU of each box, A's first.
FILMS: tuple[tuple[Boxes, Boxes], ...] = (
    # B drew the upper half of A's: 5,000 / 10,000. IoU ½, ½.
    (((0, 0, 100, 100),), ((0, 0, 100, 50),)),
    # A's first is half of B's (100 / 200), the second is met by none. IoU ½, 0; ½.
    (((0, 0, 10, 10), (50, 50, 60, 60)), ((0, 0, 10, 20),)),
    # 800 in common, 1,600 + 1,600 - 800 together. IoU ⅓, ⅓.
    (((0, 0, 40, 40),), ((20, 0, 60, 40),)),
)
PAIRS = 7
THIRD = 800 / 2400


def read_by_two(times: int = 1, dataset: Dataset | None = None) -> Dataset:
    """The three films, each as often as asked."""
    dataset = dataset or make_dataset()
    for _ in range(times):
        for boxes_a, boxes_b in FILMS:
            make_case(
                dataset=dataset,
                said=[Said(NODULE, box, reader="A") for box in boxes_a]
                + [Said(NODULE, box, reader="B") for box in boxes_b],
            )
    return dataset


def figures(dataset: Dataset | None) -> list[tuple[str, int, float, float]]:
    """What was measured for a dataset; for none, of the finding that the tests mark."""
    rows = ReaderAgreement.objects.filter(dataset=dataset).order_by("finding__slug")
    if dataset is None:
        rows = rows.filter(finding__slug=NODULE)
    return [
        (row.finding.slug, row.pairs, row.median, round(row.threshold, 6))
        for row in rows.select_related("finding")
    ]


def test_two_readers_on_three_films_by_hand() -> None:
    dataset = read_by_two()
    # Sorted: 0, ⅓, ⅓, ½, ½, ½, ½; the one in the middle is ½.
    own, pooled = compute_agreement([dataset])
    assert own == AgreementRow("tests", NODULE, PAIRS, 0.5, DEFAULT_THRESHOLD, measured=False)
    assert pooled == AgreementRow("(all)", NODULE, PAIRS, 0.5, DEFAULT_THRESHOLD, measured=False)


def test_enough_pairs_give_deciles_and_a_threshold() -> None:
    dataset = read_by_two(times=5)
    compute_agreement([dataset])
    # 35 values: five of 0, ten of ⅓, twenty of ½. A fifth of the way, between the 7th and the
    # 8th of them, stands ⅓; the first tenth, between the 4th and the 5th, is still 0.
    for row in ReaderAgreement.objects.filter(finding__slug=NODULE):
        assert (row.pairs, row.median) == (5 * PAIRS, 0.5)
        assert row.threshold == pytest.approx(THIRD)
        assert row.quantiles == pytest.approx([0, 0] + [THIRD] * 3 + [0.5] * 6)
    assert set(ReaderAgreement.objects.values_list("dataset", flat=True)) == {dataset.pk, None}
    assert load_agreement(dataset.pk)[NODULE].source == "computed from Tests"


def test_computing_again_changes_no_figure() -> None:
    dataset = read_by_two(times=5)
    first = compute_agreement([dataset])
    stored = (figures(dataset), figures(None))
    assert compute_agreement([dataset]) == first
    assert (figures(dataset), figures(None)) == stored


def test_too_few_pairs_keep_the_default_and_the_published_figure() -> None:
    load_taxonomy()
    published = figures(None)
    assert NODULE in {slug for slug, *_rest in published}
    dataset = read_by_two()
    compute_agreement(Dataset.objects.all())
    assert figures(None) == published
    assert figures(dataset) == []
    agreement = load_agreement(dataset.pk)[NODULE]
    assert (agreement.threshold, agreement.pairs) == (DEFAULT_THRESHOLD, 0)
    assert agreement.median == Finding.objects.get(slug=NODULE).agreement.get().median


def test_too_few_pairs_take_an_earlier_figure_of_the_dataset_back() -> None:
    dataset = read_by_two(times=5)
    compute_agreement([dataset], pool=False)
    assert len(figures(dataset)) == 1
    kept = dataset.cases.values_list("pk", flat=True)[:3]
    dataset.cases.exclude(pk__in=list(kept)).delete()
    for patient in dataset.patients.filter(studies__cases=None):
        patient.delete()
    compute_agreement([dataset], pool=False)
    assert figures(dataset) == []


def test_one_dataset_alone_leaves_the_pooled_figures() -> None:
    load_taxonomy()
    published = figures(None)
    dataset = read_by_two(times=5)
    rows = compute_agreement([dataset], pool=False)
    assert [row.dataset for row in rows] == ["tests"]
    assert figures(None) == published
    assert figures(dataset) == [(NODULE, 35, 0.5, round(THIRD, 6))]


def test_all_datasets_together_make_the_pooled_figures() -> None:
    one = read_by_two(times=3)
    other = read_by_two(times=2, dataset=make_dataset("more"))
    compute_agreement(Dataset.objects.all())
    # 21 and 14 pairs are too few for either alone, 35 are enough together.
    assert (figures(one), figures(other)) == ([], [])
    assert figures(None) == [(NODULE, 35, 0.5, round(THIRD, 6))]
    assert load_agreement(one.pk)[NODULE].threshold == pytest.approx(THIRD)


def test_the_figure_of_the_dataset_goes_before_the_pooled_one() -> None:
    dataset = read_by_two(times=5)
    finding = Finding.objects.get(slug=NODULE)
    ReaderAgreement.objects.create(
        finding=finding, dataset=None, pairs=90, median=0.2, threshold=0.15, source="elsewhere"
    )
    compute_agreement([dataset], pool=False)
    assert load_agreement(dataset.pk)[NODULE].threshold == pytest.approx(THIRD)
    assert load_agreement(make_dataset("more").pk)[NODULE].threshold == 0.15


@pytest.mark.parametrize(
    ("also_read", "other", "pairs", "median"),
    [
        pytest.param((), (), None, None, id="nobody knows whether B read it"),
        pytest.param(("A", "B"), (), 1, 0.0, id="B read it and drew nothing"),
        pytest.param(
            (), (Said("fracture", (0, 0, 9, 9), reader="B"),), None, None, id="B drew another thing"
        ),
        pytest.param(("A",), (), None, None, id="only A read it"),
    ],
)
def test_silence_counts_only_from_a_reader_who_read_the_film(
    also_read: tuple[str, ...],
    other: tuple[Said, ...],
    pairs: int | None,
    median: float | None,
) -> None:
    dataset = make_dataset()
    said = [Said(NODULE, (0, 0, 50, 50), reader="A"), *other]
    make_case(dataset=dataset, said=said, everyone_read=also_read)
    rows = {row.finding: row for row in compute_agreement([dataset], pool=False)}
    if pairs is None:
        assert rows == {}
    else:
        assert (rows[NODULE].pairs, rows[NODULE].median) == (pairs, median)


def test_boxes_of_another_film_or_finding_are_no_counterpart() -> None:
    dataset = make_dataset()
    box: Box = (0, 0, 50, 50)
    for reader in "AB":
        make_case(
            dataset=dataset, said=[Said(NODULE, box, reader=reader)], everyone_read=("A", "B")
        )
    (row,) = compute_agreement([dataset], pool=False)
    assert (row.pairs, row.median) == (2, 0.0)


# --- what it changes ------------------------------------------------------------

LIKE_MINDED = [
    # Six tenths of one another: 6,000 / 10,000.
    Said(NODULE, (0, 0, 100, 100), reader="A"),
    Said(NODULE, (0, 0, 100, 60), reader="B"),
]


def play(reader: User, case_set: CaseSet, box: Box) -> Attempt:
    attempt = services.start_sitting(reader=reader, case_set=case_set).attempt
    assert attempt is not None
    drawn = DrawnMark(token_of(attempt.case), NODULE, box, None)
    given = Answer(marks=(drawn,), selected=(), normal=False)
    return services.submit_attempt(attempt=attempt, answer=given, elapsed_s=5)


def outcomes(attempt: Attempt) -> list[str]:
    assert attempt.result is not None
    return [line["outcome"] for line in attempt.result["result"]["lines"]]


def test_a_new_threshold_is_used_by_the_very_next_submit(alice: User, bob: User) -> None:
    dataset = make_dataset()
    case = make_case(dataset=dataset, said=[Said(NODULE, (0, 0, 100, 100))])
    case_set = make_set(case)
    # Four tenths of the region: enough by default, too little among readers like these.
    drawn: Box = (0, 0, 100, 40)
    first = play(alice, case_set, drawn)
    assert (outcomes(first), first.score) == (["hit"], 1.0)
    for _ in range(15):
        make_case(dataset=dataset, said=LIKE_MINDED)
    revision = Dataset.objects.get(pk=dataset.pk).revision
    compute_agreement([dataset])
    assert Dataset.objects.get(pk=dataset.pk).revision > revision
    # Four fifths of the readers reach 0.6; never more than 0.5 is asked.
    assert load_agreement(dataset.pk)[NODULE].threshold == 0.5
    second = play(bob, case_set, drawn)
    # Right finding, place not met: a quarter of the case.
    assert (outcomes(second), second.score) == (["misplaced"], 0.25)


# --- the command ----------------------------------------------------------------


def test_the_command_prints_what_it_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    read_by_two(times=5)
    make_case(dataset=make_dataset("more"), said=LIKE_MINDED)
    out = io.StringIO()
    call_command("compute_agreement", stdout=out)
    rows = [
        [cell.strip() for cell in line.split("│")]
        for line in out.getvalue().splitlines()
        if NODULE in line
    ]
    assert rows == [
        ["more", NODULE, "2", "0.60", "0.30 (default)"],
        ["tests", NODULE, "35", "0.50", "0.33"],
        ["(all)", NODULE, "37", "0.50", "0.33"],
    ]


def test_the_command_for_one_dataset_computes_no_pooled_figure() -> None:
    read_by_two(times=5)
    call_command("compute_agreement", "tests", stdout=io.StringIO())
    assert figures(None) == []
    assert len(figures(Dataset.objects.get(slug="tests"))) == 1


def test_the_command_refuses_a_dataset_that_is_not_there() -> None:
    with pytest.raises(CommandError, match="There is no dataset 'nowhere'"):
        call_command("compute_agreement", "nowhere")


def test_figures_that_can_no_longer_be_measured_go_back_to_the_published_ones() -> None:
    load_taxonomy()
    dataset = read_by_two(times=5)
    compute_agreement([dataset])
    assert figures(dataset)[0][1] >= 30
    assert figures(None)[0][1] >= 30
    ReferenceRegion.objects.all().delete()
    compute_agreement([dataset])
    assert figures(dataset) == []
    assert figures(None) == [(NODULE, 0, 0.26, DEFAULT_THRESHOLD)]


def test_a_threshold_set_by_hand_outlives_a_computation() -> None:
    dataset = read_by_two()
    nodule = Finding.objects.get(slug=NODULE)
    ReaderAgreement.objects.create(
        finding=nodule, dataset=dataset, pairs=0, median=0.4, threshold=0.2, source="staff"
    )
    compute_agreement([dataset])
    assert figures(dataset) == [(NODULE, 0, 0.4, 0.2)]
