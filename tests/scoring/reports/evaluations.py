"""Random evaluations, valid and otherwise arbitrary."""

from hypothesis import strategies as st

from scoring.reports.evaluation import (
    AttributeMismatch,
    ErrorType,
    Evaluation,
    Gravity,
    Match,
    Remark,
    RemarkKind,
    ReportFinding,
    Significance,
)

significances = st.sampled_from(Significance)
spans = st.lists(st.tuples(st.integers(0, 50), st.integers(50, 99)), max_size=2).map(tuple)


@st.composite
def evaluations(draw):
    reference = [
        ReportFinding(f"R{i}", "a finding", s, "slug", draw(spans), "because")
        for i, s in enumerate(draw(st.lists(significances, max_size=6)), 1)
    ]
    predicted = [
        ReportFinding(f"P{i}", "a finding", s)
        for i, s in enumerate(draw(st.lists(significances, max_size=6)), 1)
    ]
    targets = st.sampled_from([None, *[f.id for f in reference]])
    matches = [
        Match(ref_id, finding.id) for finding in predicted if (ref_id := draw(targets)) is not None
    ]
    matched_refs = {m.ref_id for m in matches}
    matched_preds = {m.pred_id for m in matches}
    errors = [
        AttributeMismatch(match.ref_id, match.pred_id, draw(st.sampled_from(Gravity)), (kind,), "")
        for match in matches
        for kind in draw(st.lists(st.sampled_from(ErrorType), max_size=3))
    ]
    return Evaluation(
        reference_findings=tuple(reference),
        predicted_findings=tuple(predicted),
        matched_findings=tuple(matches),
        false_findings=tuple(f.id for f in predicted if f.id not in matched_preds),
        missing_findings=tuple(f.id for f in reference if f.id not in matched_refs),
        attribute_errors=tuple(errors),
        remarks=tuple(
            Remark(kind, ((0, 4),), "a remark")
            for kind in draw(st.lists(st.sampled_from(RemarkKind)))
        ),
    )
