"""Which sentences speak of a study that the learner cannot see."""

import json
from pathlib import Path

import pytest

from radgame.cases.importers.priors import prior_mentioned

SPEAKS = [
    ("The lungs are unchanged.", "unchanged"),
    ("Stable cardiomediastinal silhouette.", "stable"),
    ("Stable cardiomegaly.", "stable"),
    ("STABLE MILD CARDIAC ENLARGEMENT.", "stable"),
    ("Again seen is a left chest wall pacemaker.", "again"),
    ("A right lower lobe nodule is again noted.", "again"),
    ("Redemonstration of a calcified granuloma.", "redemonstration"),
    ("No change in the position of the catheter.", "no change"),
    ("No significant interval change.", "no significant interval change"),
    ("The opacity has not significantly changed.", "has not significantly changed"),
    ("Little change.", "little change"),
    ("Compared to 3/4/2010, the effusion is larger.", "compared to"),
    ("Comparison is made to the study dated May 2001.", "comparison is made"),
    ("Cardiomegaly appears more prominent than on the prior exam.", "prior exam"),
    ("Seen on the prior PA view.", "prior pa view"),
    ("Similar to prior.", "prior"),
    ("The mass seen on the previous CT is not visible.", "previous ct"),
    ("Since the prior study the tube has moved.", "since the prior"),
    ("Since yesterday the lungs have cleared.", "since yesterday"),
    ("Interval placement of a right central venous catheter.", "interval"),
    ("In the interval, a drain was placed.", "interval"),
    ("The previously described nodule is not seen.", "previously described"),
    ("The heart remains enlarged.", "remains"),
    ("The lungs remain clear.", "remain"),
    ("There is still a small effusion.", "there is still"),
    ("The pneumothorax is no longer visible.", "no longer"),
    ("New right lower lobe opacity.", "new"),
    ("No new infiltrate.", "new"),
    ("There is a newly placed tube.", "newly"),
    ("Improved aeration of the left base.", "improved"),
    ("Improving pulmonary oedema.", "improving"),
    ("Worsening left effusion.", "worsening"),
    ("There has been progression of the interstitial disease.", "progression"),
    ("The effusion has resolved.", "resolved"),
    ("Resolving pneumonia.", "resolving"),
    ("Complete resolution of the consolidation.", "complete resolution"),
    ("Persistent left basilar opacity.", "persistent"),
    ("Increasing opacity in the right base.", "increasing"),
    ("The effusion has slightly increased.", "has slightly increased"),
    ("The nodule is larger than before.", "than before"),
    ("Decreased in size from the last film.", "last film"),
    ("Residual left apical pneumothorax.", "residual left apical pneumothorax"),
    ("The endotracheal tube has been removed.", "has been removed"),
    ("The chest tube was repositioned.", "was repositioned"),
    ("The nodule is stable; follow-up is recommended.", "stable"),
    ("As before, the aorta is tortuous.", "as before"),
    ("Effusion slightly smaller.", "slightly smaller"),
    ("Since the CT of May, the mass has cavitated.", "since the ct"),
    ("Further clearing of the left base.", "further clearing"),
    ("Recurrent effusion.", "recurrent effusion"),
    ("The appearance is similar to the earlier radiographs.", "earlier radiographs"),
    ("Continued elevation of the right hemidiaphragm.", "continued"),
    ("Improvement of the effusions.", "improvement"),
    ("Marked improvement in aeration.", "improvement"),
    ("Nodules at both bases, without changes.", "without changes"),
    ("A nodule that was not visible on the previous film.", "previous film"),
    ("There was no effusion on the prior study.", "prior study"),
    ("Increase in the size of the left effusion.", "increase"),
    ("Decrease in the right effusion.", "decrease"),
    ("An already known nodule.", "already known"),
    ("Change from the previous film.", "change from the previous"),
    ("The disease has progressed.", "progressed"),
    ("Evolving consolidation.", "evolving"),
    ("Bilateral effusions continue to be present.", "continue to"),
]

SILENT = [
    "The left effusion is slightly larger than the right.",
    "Effusions, slightly larger on the right.",
    "The lungs are clear.",
    "The heart is enlarged.",
    "Increased lung markings at the bases.",
    "Increased density projects within the hilar regions.",
    "Decreased lung volumes.",
    "An unstable fracture of the sternum.",
    "No acute bony changes.",
    "Degenerative changes of the thoracic spine.",
    "No degenerative change of the shoulder.",
    "Old healed rib fractures.",
    "Prior granulomatous disease.",
    "Sequelae of prior surgery.",
    "Status post prior sternotomy.",
    "Evidence of previous coronary artery bypass grafting.",
    "Chronic interstitial thickening.",
    "Changes from surgery of the left breast.",
    "An increase in density at the left base.",
    "Increase in retrosternal air.",
    "Slight increase in the transverse diameter of the heart.",
    "Without changes of the skeleton that matter.",
    "No recent prior studies.",
    "Residual thymus.",
    "No prior studies are available for comparison.",
    "There is no comparison.",
    "No comparison studies available.",
    "Comparison: None.",
    "Without prior exams for comparison.",
    "The left lung is small compared to the right.",
    "The patient is hemodynamically stable.",
    "Follow-up is recommended to ensure resolution of the opacity.",
    "Repeat radiographs in 6 weeks to document resolution.",
    "Follow-up to radiologic resolution is recommended.",
    "CT at a 3-month interval is advised.",
    "Short-interval follow-up.",
    "If symptoms persist, CT may be obtained.",
    "Clinical follow-up is advised if there is new fever.",
    "New onset atrial fibrillation.",
    "The tube should be retracted by 2 cm.",
    "The gallbladder has been removed.",
    "The remaining lung is clear.",
    "Remainder of the lungs is clear.",
    "Progressive massive fibrosis.",
    "The intervals between the ribs are normal.",
    "Against the chest wall lies a pleural plaque.",
    "The trachea deviates around the previously enlarged thyroid.",
    "Old left clavicle fracture.",
    "Renewed interest in prevention.",
    "",
]


@pytest.mark.parametrize(("sentence", "words"), SPEAKS)
def test_a_sentence_that_needs_an_earlier_film_is_known(sentence: str, words: str) -> None:
    assert prior_mentioned(sentence) == words


@pytest.mark.parametrize("sentence", SILENT)
def test_a_sentence_about_this_film_alone_is_not_held_against_it(sentence: str) -> None:
    assert prior_mentioned(sentence) == ""


def test_the_table_is_large_enough_to_be_a_specification() -> None:
    assert len(SPEAKS) + len(SILENT) >= 80


def test_one_sentence_among_many_is_enough_and_others_do_not_excuse_it() -> None:
    text = "The lungs are clear. No prior studies are available for comparison. Stable aorta."
    assert prior_mentioned(text) == "stable"
    assert prior_mentioned("The lungs\nare clear.\nHeart size is\nunchanged.") == "unchanged"


@pytest.mark.data
def test_of_the_papers_fifty_reports_those_that_speak_of_a_prior_are_found(
    shared_data: Path,
) -> None:
    file = shared_data / "rexgradient" / "radgame_report_50.json"
    reports = json.loads(file.read_text())
    found = {
        number
        for number, report in enumerate(reports.values())
        if prior_mentioned(f"{report['Findings']}\n{report['Impression']}")
    }
    # Read by a person: the prior PA view, the prior exam, and stable cardiomegaly with an
    # interval placement; the other 47 describe their own film.
    assert found == {23, 26, 45}
