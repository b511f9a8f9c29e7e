"""What must hold of the judge and the score together, on reports put together at random."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.reports.crimson import crimson_score
from scoring.reports.evaluation import ReadingContext
from scoring.reports.judge import RulesJudge
from scoring.reports.scores import game_score

JUDGE = RulesJudge()

# Findings that have nothing to do with one another, so that one absent from the reference is false.
TRUE = [
    "Small left pleural effusion.",
    "Large right pleural effusion.",
    "Right apical pneumothorax.",
    "Moderate cardiomegaly.",
    "8 mm nodule in the left upper lobe.",
    "Consolidation in the right lower lobe.",
    "Possible left lower lobe pneumonia.",
    "Bibasilar atelectasis.",
    "Endotracheal tube tip 4 cm above the carina.",
    "Acute fracture of the left seventh rib.",
    "Large hiatal hernia.",
    "Calcified aortic arch.",
    "Thoracic scoliosis.",
    "Pulmonary edema.",
    "Right hilar enlargement.",
]
NEGATIVES = [
    "No pneumoperitoneum.",
    "No pneumomediastinum.",
    "The trachea is midline.",
    "No subcutaneous emphysema.",
    "No acute bony abnormality.",
    "The upper abdomen is unremarkable.",
]
# The same beside a finding, without a sentence of their own.
NOTES = [
    "left lung clear",
    "right lung normal",
    "R CP angle sharp",
    "right clear",
    "L normal",
    "heart normal",
    "both hila normal",
    "no pneumoperitoneum",
    "trachea midline",
]
SEPARATORS = [". ", "; ", ", ", " - ", "\n"]
FALSE = [
    "Pneumoperitoneum.",
    "Pneumomediastinum.",
    "Subcutaneous emphysema of the neck.",
    "Dislocated right shoulder.",
    "Widened mediastinum.",
]
# A learner may be right about the finding and wrong about what is said of it.
NEAR = [
    "Right pleural effusion.",
    "Bilateral pleural effusions.",
    "Left pneumothorax.",
    "Borderline heart size.",
    "Nodule in the right lower lobe.",
    "20 mm nodule in the left upper lobe.",
    "Left lung mass.",
    "Right upper lobe opacity.",
    "Right lower lobe mass.",
    "Left basal atelectasis.",
    "ETT in the right main bronchus.",
    "Right rib fracture.",
    "Interstitial markings.",
]

# What is not excluded is not claimed.
OPEN = [
    "Cannot exclude pneumoperitoneum.",
    "A small pneumothorax is not excluded.",
    "Underlying infection cannot be excluded.",
    "Pleural effusion cannot be ruled out.",
]

references = st.lists(st.sampled_from(TRUE), min_size=1, max_size=6, unique=True)
readings = st.lists(st.sampled_from([*TRUE, *NEAR, *FALSE, *NEGATIVES]), max_size=6, unique=True)
contexts = st.sampled_from(
    [
        ReadingContext(),
        ReadingContext(age_years=80),
        ReadingContext(age_years=30, indication="Fall", comparison="Last week"),
    ]
)
QUICK = settings(max_examples=300, deadline=None)


def score(reference, said, context=None):
    evaluation = JUDGE.judge(" ".join(reference), " ".join(said), context or ReadingContext())
    return game_score(evaluation).score


@QUICK
@given(references, contexts)
def test_the_reference_itself_is_worth_everything(reference, context):
    text = " ".join(reference)
    evaluation = JUDGE.judge(text, text, context)
    assert game_score(evaluation).score == 1
    assert crimson_score(evaluation) == 1
    assert not evaluation.attribute_errors


@QUICK
@given(references, readings, contexts, st.randoms())
def test_the_order_of_sentences_does_not_matter(reference, said, context, random):
    shuffled, mixed = list(reference), list(said)
    random.shuffle(shuffled)
    random.shuffle(mixed)
    assert score(reference, said, context) == score(shuffled, mixed, context)


def test_a_true_finding_does_not_set_a_false_one_free_of_its_match():
    reference = ["Bibasilar atelectasis.", "Consolidation in the right lower lobe."]
    said = ["Consolidation in the right lower lobe.", "Possible left lower lobe pneumonia."]
    assert score(reference, [*said, reference[0]]) >= score(reference, said)


@QUICK
@given(references, readings, contexts, st.data())
def test_a_true_finding_never_lowers_the_score(reference, said, context, data):
    true = data.draw(st.sampled_from(reference))
    assert score(reference, [*said, true], context) >= score(reference, said, context) - 1e-9


@QUICK
@given(references, readings, contexts, st.sampled_from(FALSE))
def test_a_false_finding_never_raises_the_score(reference, said, context, false):
    assert score(reference, [*said, false], context) <= score(reference, said, context) + 1e-9


@QUICK
@given(references, readings, contexts, st.lists(st.sampled_from(NEGATIVES), unique=True))
def test_negatives_neither_cost_nor_earn(reference, said, context, negatives):
    assert score(reference, [*said, *negatives], context) == score(reference, said, context)


@QUICK
@given(
    references,
    st.sampled_from([*TRUE, *NEAR, *FALSE]),
    st.lists(st.sampled_from(NOTES), min_size=1, max_size=3, unique=True),
    st.sampled_from(SEPARATORS),
    st.booleans(),
)
def test_what_is_healthy_beside_a_finding_neither_costs_nor_earns(
    reference, said, notes, separator, healthy_first
):
    # "No A, B" denies both, unless B is more than a noun (docs/scoring-reports-reader.md).
    assume(not (healthy_first and separator == ", " and notes[-1].startswith("no ")))
    finding = said.rstrip(".")
    parts = [*notes, finding] if healthy_first else [finding, *notes]
    assert score(reference, [separator.join(parts)]) == score(reference, [said])


@QUICK
@given(references, readings, contexts, st.lists(st.sampled_from(OPEN), unique=True))
def test_what_is_only_not_excluded_neither_costs_nor_earns(reference, said, context, hedges):
    assert score(reference, [*said, *hedges], context) == score(reference, said, context)


@QUICK
@given(references, readings, contexts, st.sampled_from(FALSE))
def test_a_doubt_does_not_make_a_false_finding_cheaper(reference, said, context, false):
    possible = f"Possible {false[0].lower()}{false[1:]}"
    assert score(reference, [*said, possible], context) == score(reference, [*said, false], context)


@QUICK
@given(st.lists(st.sampled_from([*NEGATIVES, *OPEN]), unique=True), contexts)
def test_negatives_are_worth_everything_on_a_normal_film_and_nothing_on_another(said, context):
    assert score(["Normal chest."], said, context) == 1
    assert score(["Right apical pneumothorax."], said, context) == 0


@QUICK
@given(references, readings, contexts)
def test_every_finding_has_exactly_one_outcome(reference, said, context):
    got = JUDGE.judge(" ".join(reference), " ".join(said), context)
    matched = {m.ref_id for m in got.matched_findings}
    answering = {m.pred_id for m in got.matched_findings}
    assert matched | set(got.missing_findings) == {f.id for f in got.reference_findings}
    assert answering | set(got.false_findings) == {f.id for f in got.predicted_findings}
    assert not matched & set(got.missing_findings)
    assert not answering & set(got.false_findings)
    pairs = {(m.ref_id, m.pred_id) for m in got.matched_findings}
    assert all((e.ref_id, e.pred_id) in pairs for e in got.attribute_errors)


@QUICK
@given(references, readings)
def test_spans_lie_in_their_texts(reference, said):
    ours, theirs = " ".join(reference), " ".join(said)
    got = JUDGE.judge(ours, theirs, ReadingContext())
    for findings, text in ((got.reference_findings, ours), (got.predicted_findings, theirs)):
        for finding in findings:
            assert finding.spans
            assert all(0 <= start < end <= len(text) for start, end in finding.spans)
    for remark in got.remarks:
        assert all(0 <= start < end <= len(theirs) for start, end in remark.spans)
