"""What the reader makes of sentences as residents and radiologists write them."""

from collections.abc import Callable

import pytest

from scoring.reports.reader import (
    CONCEPTS,
    Acuity,
    Certainty,
    Change,
    Mention,
    Placement,
    Polarity,
    Region,
    Scope,
    Section,
    Severity,
    Side,
    read_report,
)

PRESENT, HEDGED = Polarity.PRESENT, Polarity.HEDGED
ABSENT, NOT_ASSESSED = Polarity.ABSENT, Polarity.NOT_ASSESSED

Only = Callable[[str], Mention]


def said(text: str) -> list[tuple[str, Polarity]]:
    return [(mention.concept, mention.polarity) for mention in read_report(text).mentions]


def found(text: str) -> list[str]:
    return [mention.concept for mention in read_report(text).mentions if mention.is_positive]


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("no effusion or ptx, heart enlarged", "cardiomegaly", "pleural-effusion pneumothorax"),
        ("No effusion, heart enlarged", "cardiomegaly", "pleural-effusion"),
        ("no effusion and heart big", "cardiomegaly", "pleural-effusion"),
        ("No effusion, hila prominent", "hilar-enlargement", "pleural-effusion"),
        ("No ptx, aorta tortuous", "aortic-tortuosity", "pneumothorax"),
        ("No effusion or ptx, consolidation RLL", "consolidation", "pleural-effusion pneumothorax"),
        ("no ptx, no effusion, cardiomegaly", "cardiomegaly", "pneumothorax pleural-effusion"),
        ("no ptx, heart normal, atelectasis", "normal-heart atelectasis", "pneumothorax"),
        ("No ptx, effusion, or consolidation", "", "pneumothorax pleural-effusion consolidation"),
        ("No ptx, effusion, consolidation", "", "pneumothorax pleural-effusion consolidation"),
        (
            "No ptx or effusion, nor consolidation",
            "",
            "pneumothorax pleural-effusion consolidation",
        ),
        ("No effusion, hilar enlargement", "", "pleural-effusion hilar-enlargement"),
        ("No effusion, mediastinal widening", "", "pleural-effusion mediastinal-widening"),
        (
            "no ptx, no effusion, or consolidation",
            "",
            "pneumothorax pleural-effusion consolidation",
        ),
    ],
)
def test_a_denied_list_ends_where_something_else_is_said(
    text: str, present: str, absent: str
) -> None:
    told = said(text)
    assert [name for name, polarity in told if polarity is PRESENT] == present.split()
    assert [name for name, polarity in told if polarity is ABSENT] == absent.split()


def test_alternatives_that_are_doubted_stay_so_after_a_comma() -> None:
    assert {
        polarity for _name, polarity in said("Possible atelectasis or pneumonia, effusion")
    } == {HEDGED}


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("small L effusion, heart big", ["pleural-effusion", "cardiomegaly"]),
        ("R PTX", ["pneumothorax"]),
        ("ETT 4 cm above carina", ["endotracheal-tube"]),
        ("CM, CHF", ["cardiomegaly", "heart-failure"]),
        ("RUL mass", ["mass"]),
        ("The cardiac silhouette is mildly enlarged.", ["cardiomegaly"]),
        ("Blunting of the left costophrenic angle.", ["costophrenic-blunting"]),
        ("The left CP angle is blunted.", ["costophrenic-blunting"]),
        ("Raised right hemidiaphragm", ["elevated-hemidiaphragm"]),
        ("The diaphragms are flattened", ["flattened-diaphragm"]),
        (
            "The aortic arch is calcified and tortuous.",
            ["aortic-calcification", "aortic-tortuosity"],
        ),
        ("Low lung volumes.", ["low-lung-volumes"]),
        ("Lung volumes are low.", ["low-lung-volumes"]),
        ("Trachea deviated to the right", ["tracheal-deviation"]),
        ("Mediastinum is widened", ["mediastinal-widening"]),
        ("Enlarged hila", ["hilar-enlargement"]),
        ("Pulmonary vessels are engorged", ["vascular-congestion"]),
        ("Increased interstitial markings", ["interstitial-pattern"]),
        ("Free air under the right hemidiaphragm", ["pneumoperitoneum"]),
        ("Air within the soft tissues of the neck", ["subcutaneous-emphysema"]),
        ("Loss of height of a thoracic vertebral body", ["vertebral-fracture"]),
        ("Hiatus hernia", ["hiatal-hernia"]),
        ("Thoracic dextroscoliosis", ["scoliosis"]),
        ("Pulmonary oedema", ["pulmonary-oedema"]),
        ("PULMONARY EDEMA", ["pulmonary-oedema"]),
        ("Haemothorax", ["haemothorax"]),
        ("Médian sternotomy wires", ["sternotomy"]),
        ("left lower lobe collapse/consolidation", ["lobar-collapse", "consolidation"]),
        ("CTR < 0.5, mod. R effusion", ["pleural-effusion"]),
        ("cardiothoracic ratio of 55 %", ["cardiomegaly"]),
        ("thin-walled bulla", ["bullae"]),
        ("Heart - mildly enlarged", ["cardiomegaly"]),
        ("bilateral hilar nodes", ["lymphadenopathy"]),
        ("interstitial lung disease", ["interstitial-lung-disease"]),
        ("R dome elevated", ["elevated-hemidiaphragm"]),
        ("calcification in hilar nodes", ["calcified-lymph-node"]),
        ("hilar nodes not enlarged", []),
        ("old R 6th rib #, nil acute", ["rib-fracture"]),
        ("Fractured R 4th & 5th ribs", ["rib-fracture"]),
        ("horizontal line in the left mid zone", []),
        ("blunted L base, bilat hilar LAD", ["costophrenic-blunting", "lymphadenopathy"]),
    ],
)
def test_findings_are_known_by_their_many_names(text: str, concepts: list[str]) -> None:
    assert found(text) == concepts


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("consolidaton", "consolidation"),
        ("pnuemothorax", "pneumothorax"),
        ("pneumothroax", "pneumothorax"),
        ("effussion", "pleural-effusion"),
        ("atelectesis", "atelectasis"),
        ("cardiomegally", "cardiomegaly"),
        ("cardiomegly", "cardiomegaly"),
        ("emphysemia", "emphysema"),
        ("scolliosis", "scoliosis"),
        ("pnemonia", "pneumonia"),
    ],
)
def test_a_misspelt_finding_is_understood(text: str, concept: str) -> None:
    assert found(text) == [concept]


@pytest.mark.parametrize("text", ["infusion", "perfusion", "diffusion", "hypotension", "message"])
def test_a_word_that_only_looks_like_a_finding_is_none(text: str) -> None:
    assert read_report(text).mentions == ()


def test_too_little_air_is_not_too_much() -> None:
    assert found("Hypoinflated lungs") == ["low-lung-volumes"]
    assert found("Hyperinflated lungs") == ["hyperinflation"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no effus", [("pleural-effusion", ABSENT)]),
        (
            "No effusion, pneumothorax or consolidation.",
            [("pleural-effusion", ABSENT), ("pneumothorax", ABSENT), ("consolidation", ABSENT)],
        ),
        (
            "No pneumothorax, small left effusion.",
            [("pneumothorax", ABSENT), ("pleural-effusion", PRESENT)],
        ),
        (
            "Effusion and pneumothorax are not seen",
            [("pleural-effusion", ABSENT), ("pneumothorax", ABSENT)],
        ),
        ("The effusion has resolved.", [("pleural-effusion", ABSENT)]),
        ("Pneumothorax is no longer seen", [("pneumothorax", ABSENT)]),
        ("No longer seen pneumothorax", [("pneumothorax", ABSENT)]),
        ("No change in the right effusion", [("pleural-effusion", PRESENT)]),
        (
            "Not only atelectasis but also pneumonia",
            [("atelectasis", PRESENT), ("pneumonia", PRESENT)],
        ),
        ("Lungs are free of infiltrate", [("infiltrate", ABSENT)]),
        ("Pneumonia ruled out", [("pneumonia", ABSENT)]),
        ("Pneumonia excluded", [("pneumonia", NOT_ASSESSED)]),
        ("Wet read: lungs clear", [("normal-lungs", PRESENT)]),
        ("No sig. effusion", [("pleural-effusion", ABSENT)]),
        ("effusion: nil seen", [("pleural-effusion", ABSENT)]),
        (
            "No effusion - bibasal atelectasis",
            [("pleural-effusion", ABSENT), ("atelectasis", PRESENT)],
        ),
        (
            "no consolidation, just atelectasis",
            [("consolidation", ABSENT), ("atelectasis", PRESENT)],
        ),
        ("Negative for fracture", [("fracture", ABSENT)]),
        ("Cardiomegaly without edema", [("cardiomegaly", PRESENT), ("pulmonary-oedema", ABSENT)]),
        (
            "There is no pleural effusion and the heart is enlarged",
            [("pleural-effusion", ABSENT), ("cardiomegaly", PRESENT)],
        ),
        (
            "No pneumonia; however mild interstitial edema is present",
            [("pneumonia", ABSENT), ("pulmonary-oedema", PRESENT)],
        ),
        ("The vessels are not engorged", [("vascular-congestion", ABSENT)]),
        ("Pneumothorax: no", [("pneumothorax", ABSENT)]),
        ("Pneumothorax - none", [("pneumothorax", ABSENT)]),
        ("The effusion has nearly resolved", [("pleural-effusion", PRESENT)]),
        ("Nodule not seen on the previous study", [("nodule", PRESENT)]),
        (
            "no consol/eff/ptx",
            [(c, ABSENT) for c in ("consolidation", "pleural-effusion", "pneumothorax")],
        ),
        ("Interval removal of the ETT", [("endotracheal-tube", ABSENT)]),
    ],
)
def test_a_denial_reaches_as_far_as_its_list(
    text: str, expected: list[tuple[str, Polarity]]
) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "polarity", "certainty"),
    [
        ("Possible effusion", HEDGED, Certainty.POSSIBLE),
        ("? effusion", HEDGED, Certainty.POSSIBLE),
        ("?effusion", HEDGED, Certainty.POSSIBLE),
        ("effusion?", HEDGED, Certainty.POSSIBLE),
        ("Cannot exclude effusion", HEDGED, Certainty.POSSIBLE),
        ("Effusion cannot be excluded", HEDGED, Certainty.POSSIBLE),
        ("Effusion could not be fully excluded", HEDGED, Certainty.POSSIBLE),
        ("Effusion has not been ruled out", HEDGED, Certainty.POSSIBLE),
        ("Effusion needs to be excluded", HEDGED, Certainty.POSSIBLE),
        ("poss. effusion", HEDGED, Certainty.POSSIBLE),
        ("Suspicious for malignancy", HEDGED, Certainty.PROBABLE),
        ("Likely pneumonia", HEDGED, Certainty.PROBABLE),
        ("Heart is probably enlarged", HEDGED, Certainty.PROBABLE),
        ("Consistent with pneumonia", PRESENT, Certainty.PROBABLE),
        ("Pneumonia", PRESENT, Certainty.DEFINITE),
        ("Effusion cannot be assessed", NOT_ASSESSED, Certainty.DEFINITE),
    ],
)
def test_doubt_has_two_degrees(
    text: str, polarity: Polarity, certainty: Certainty, only: Only
) -> None:
    mention = only(text)
    assert (mention.polarity, mention.certainty) == (polarity, certainty)


def test_of_two_alternatives_neither_is_asserted() -> None:
    assert said("Opacity, atelectasis or pneumonia") == [
        ("lung-opacity", PRESENT),
        ("atelectasis", HEDGED),
        ("pneumonia", HEDGED),
    ]


def test_what_was_known_before_is_no_finding_of_this_film() -> None:
    text = "INDICATION: pneumonia\n\nFINDINGS: effusion\nCOMPARISON: fracture"
    scopes = [(m.concept, m.section, m.scope) for m in read_report(text).mentions]
    assert scopes == [
        ("pneumonia", Section.INDICATION, Scope.HISTORY),
        ("pleural-effusion", Section.FINDINGS, Scope.CURRENT),
        ("fracture", Section.COMPARISON, Scope.PRIOR),
    ]
    assert read_report("History of COPD.").mentions[0].scope is Scope.HISTORY
    assert read_report("Status post median sternotomy.").mentions[0].scope is Scope.CURRENT
    loss = read_report("Status post lobectomy with volume loss").mentions[-1]
    assert (loss.concept, loss.scope) == ("volume-loss", Scope.CURRENT)


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("R PTX", Side.RIGHT),
        ("left-sided effusion", Side.LEFT),
        ("effusion on the right", Side.RIGHT),
        ("bilateral effusions", Side.BILATERAL),
        ("bibasilar atelectasis", Side.BILATERAL),
        ("effusions b/l", Side.BILATERAL),
        ("LLL pneumonia", Side.LEFT),
        ("left and right effusions", Side.BILATERAL),
    ],
)
def test_the_side_is_read(text: str, side: Side, only: Only) -> None:
    noted = only(text).attributes.side
    assert noted is not None
    assert noted.value is side


def test_a_side_said_once_holds_for_both_of_two_findings() -> None:
    for text in ("Left effusion and atelectasis", "Effusion and atelectasis on the left"):
        sides = [m.attributes.side for m in read_report(text).mentions]
        assert [noted.value for noted in sides if noted] == [Side.LEFT, Side.LEFT]


def test_each_finding_keeps_its_own_words() -> None:
    effusion, mass = read_report("Small left effusion and large right upper lobe mass").mentions
    assert effusion.attributes.side is not None
    assert effusion.attributes.severity is not None
    assert mass.attributes.side is not None
    assert mass.attributes.severity is not None
    assert (effusion.attributes.side.value, effusion.attributes.severity.value) == (
        Side.LEFT,
        Severity.MILD,
    )
    assert (mass.attributes.side.value, mass.attributes.severity.value) == (
        Side.RIGHT,
        Severity.SEVERE,
    )
    assert [place.value for place in mass.attributes.places] == ["upper-lobe"]


@pytest.mark.parametrize(
    ("text", "dimensions"),
    [
        ("A 5-mm nodule", (5.0,)),
        ("8 mm nodule", (8.0,)),
        ("nodule measuring 1.2 cm", (12.0,)),
        ("mass, 3,5 cm", (35.0,)),
        ("4.2 × 3.1 cm mass", (42.0, 31.0)),
        ("mass 4 cm x 3 cm", (40.0, 30.0)),
        ("2–3 cm mass", (20.0, 30.0)),
        ("4 by 3 by 2 cm mass", (40.0, 30.0, 20.0)),
    ],
)
def test_sizes_come_in_millimetres(text: str, dimensions: tuple[float, ...], only: Only) -> None:
    size = only(text).attributes.size
    assert size is not None
    assert size.value.dimensions_mm == pytest.approx(dimensions)
    assert size.value.longest_mm == pytest.approx(max(dimensions))


def test_degree_number_acuity_change_and_descriptors_are_read(only: Only) -> None:
    mention = only("Two new mildly displaced acute left rib fractures")
    attributes = mention.attributes
    assert attributes.number is not None
    assert attributes.number.value.count == 2
    assert attributes.change is not None
    assert attributes.change.value is Change.NEW
    assert attributes.severity is not None
    assert attributes.severity.value is Severity.MILD
    assert attributes.acuity is not None
    assert attributes.acuity.value is Acuity.ACUTE
    assert [noted.value for noted in attributes.descriptors] == ["displaced"]
    assert only("T12 compression fracture").attributes.number is None
    several = only("Multiple nodules").attributes.number
    assert several is not None
    assert several.value.count is None
    assert several.value.is_multiple


def test_words_about_one_finding_do_not_stray_to_the_next() -> None:
    tube, _ = read_report("ETT in good position, lungs clear bilaterally").mentions
    assert tube.attributes.side is None
    volumes, _ = read_report("Hypoinflated lungs with bibasilar atelectasis").mentions
    assert volumes.attributes.side is None
    opacity, pneumonia = read_report("opacity R base ?pna").mentions
    assert opacity.attributes.side is not None
    assert pneumonia.attributes.side is None


def test_a_device_has_a_tip_and_a_place(only: Only) -> None:
    tube = only("ETT 4 cm above carina").attributes
    assert tube.tip is not None
    assert tube.tip.value == "carina"
    assert tube.tip_distance_mm is not None
    assert tube.tip_distance_mm.value == pytest.approx(40)
    deep = only("ETT in the right main bronchus").attributes
    assert deep.placement is not None
    assert deep.placement.value is Placement.MALPOSITIONED
    below = only("ETT tip 1 cm below the carina").attributes
    assert below.tip_distance_mm is not None
    assert below.tip_distance_mm.value == pytest.approx(-10)
    line = only("Right IJ line with tip in the SVC, in satisfactory position").attributes
    assert line.tip is not None
    assert line.tip.value == "superior-vena-cava"
    assert line.placement is not None
    assert line.placement.value is Placement.GOOD
    coiled = only("NG tube coiled in the oesophagus").attributes
    assert coiled.placement is not None
    assert coiled.placement.value is Placement.MALPOSITIONED
    assert only("NG tube tip is out of view").polarity is PRESENT


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("lungs clr", ["normal-lungs"]),
        ("Both lungs are clear.", ["normal-lungs"]),
        ("Heart size normal.", ["normal-heart"]),
        ("Normal heart size and mediastinal contours", ["normal-heart", "normal-mediastinum"]),
        (
            "The heart, mediastinum and hila are unremarkable",
            ["normal-heart", "normal-mediastinum"],
        ),
        ("Heart size is within normal limits", ["normal-heart"]),
        ("The heart is not enlarged", ["normal-heart"]),
        ("Trachea midline", ["normal-mediastinum"]),
        ("No acute osseous abnormality", ["normal-bones"]),
        ("No acute cardiopulmonary process", ["normal-chest"]),
        ("CP angles sharp", ["normal-pleura"]),
        ("Unremarkable soft tissues", ["normal-soft_tissue"]),
    ],
)
def test_statements_of_normality_are_mentions_of_their_region(
    text: str, concepts: list[str]
) -> None:
    mentions = read_report(text).mentions
    assert [mention.concept for mention in mentions] == concepts
    assert all(m.is_normal_statement and m.polarity is PRESENT for m in mentions)
    assert not any(mention.is_positive for mention in mentions)


def test_what_could_not_be_seen_is_neither_normal_nor_abnormal(only: Only) -> None:
    mention = only("The left costophrenic angle is not well seen.")
    assert (mention.region, mention.polarity) == (Region.PLEURA, NOT_ASSESSED)


def test_the_regions_spoken_of_are_listed_in_the_order_of_the_text() -> None:
    text = "Heart size is stable. Lungs clear. No effusion. Bones intact. ETT in place."
    assert [cover.region for cover in read_report(text).regions] == [
        Region.HEART,
        Region.LUNGS,
        Region.PLEURA,
        Region.BONES,
        Region.DEVICES,
    ]


def test_a_mention_of_an_earlier_study_is_noticed() -> None:
    reading = read_report("Effusion, unchanged compared to the prior study. New nodule.")
    assert [mention.refers_to_prior for mention in reading.mentions] == [True, False]
    words = [reading.text[start:end] for start, end in reading.prior_references]
    assert words == ["unchanged", "compared to", "prior study"]


@pytest.mark.parametrize(
    "text",
    [
        "R PTX\nsmall L eff\nlungs o/w clr",
        "1. R PTX.\n2. Small left effusion.\n3. Lungs clear.",
        "- R PTX\n- small left effusion\n- lungs clear",
        "• R PTX\n• small left effusion\n• lungs clear",
        "RIGHT PNEUMOTHORAX. SMALL LEFT EFFUSION. LUNGS CLEAR.",
        "Findings:\u00a0right pneumothorax — small left effusion; lungs clear",
        "Impression - right pneumothorax, small left effusion, lungs clear",
    ],
)
def test_the_layout_of_a_report_does_not_matter(text: str) -> None:
    mentions = read_report(text).mentions
    sides = [m.attributes.side.value for m in mentions if m.attributes.side]
    assert [m.concept for m in mentions] == ["pneumothorax", "pleural-effusion", "normal-lungs"]
    assert sides == [Side.RIGHT, Side.LEFT]


def test_text_that_is_wrapped_goes_on_in_the_next_line() -> None:
    text = (
        "There is a moderate effusion with adjacent atelectasis on the right, and no\n"
        "pneumothorax is seen on either side."
    )
    assert said(text)[-1] == ("pneumothorax", ABSENT)


def test_placeholders_of_de_identification_are_passed_over() -> None:
    assert found("XXXX year old. Effusion in the XXXX hemithorax, ___ cm. [AGE]") == [
        "pleural-effusion"
    ]


def test_spans_are_of_the_text_as_it_was_given() -> None:
    text = "  ﬁlm:\u00a0“Œdème” – small\u00a0left effusion, 2\u00a0×\u00a03\u00a0cm"
    (mention,) = (m for m in read_report(text).mentions if m.concept == "pleural-effusion")
    ((start, end),) = mention.words
    assert text[start:end] == "effusion"
    assert mention.attributes.size is not None
    start, end = mention.attributes.size.span
    assert text[start:end] == "2\u00a0×\u00a03\u00a0cm"


def test_words_without_use_are_reported() -> None:
    reading = read_report("The quokka has an effusion")
    assert [reading.text[start:end] for start, end in reading.unknown_words] == ["quokka"]


def test_an_empty_report_says_nothing() -> None:
    reading = read_report("")
    assert (reading.mentions, reading.regions, reading.sentences) == ((), (), ())


def test_every_mention_names_a_concept_of_the_lexicon() -> None:
    for mention in read_report("R PTX, cardiomegaly, ETT in place, rib fracture").mentions:
        concept = CONCEPTS[mention.concept]
        assert (concept.family, concept.region) == (mention.family, mention.region)


@pytest.mark.parametrize(
    ("text", "tip", "distance_mm", "placement"),
    [
        ("ETT in place. Tip at the carina.", "carina", None, None),
        ("ETT. The tip lies 4 cm above the carina.", "carina", 40, None),
        ("Right PICC. It terminates in the SVC.", "superior-vena-cava", None, None),
        ("ETT in situ. This is malpositioned.", None, None, Placement.MALPOSITIONED),
    ],
)
def test_a_sentence_about_a_tip_belongs_to_the_device_before_it(
    text: str, tip: str | None, distance_mm: float | None, placement: Placement | None
) -> None:
    device, told = read_report(text).mentions
    assert told.concept == device.concept
    said = told.attributes
    assert (said.tip and said.tip.value) == tip
    assert (said.tip_distance_mm and said.tip_distance_mm.value) == distance_mm
    assert (said.placement and said.placement.value) == placement


@pytest.mark.parametrize(
    "text",
    [
        "ETT and NG tube. Tip at the carina.",
        "ETT in place. The lungs are clear.",
        "Right effusion. It lies at the base.",
        "ETT in place. Tip not seen.",
    ],
)
def test_a_sentence_that_may_be_of_something_else_tells_nothing_of_a_device(text: str) -> None:
    devices = [m for m in read_report(text).mentions if m.region is Region.DEVICES]
    assert all(m.attributes.tip is None for m in devices)
    assert len(devices) == text.count("ETT") + text.count("NG tube")


def test_what_a_finding_has_not_does_not_describe_it() -> None:
    (mention,) = read_report("Small pneumothorax without signs of tension.").mentions
    assert mention.attributes.descriptors == ()


def test_a_slight_change_is_no_slight_finding() -> None:
    (mention,) = read_report("The effusion is slightly larger.").mentions
    assert mention.attributes.severity is None


def test_a_tip_is_where_it_lies_and_not_what_it_is_measured_from() -> None:
    text = "Left port, its tip over the SVC about 2.5 cm above the cavoatrial junction."
    (mention,) = read_report(text).mentions
    assert mention.attributes.tip is not None
    assert mention.attributes.tip.value == "superior-vena-cava"


@pytest.mark.parametrize(
    "text", ["Both hila are enlarged and lobulated.", "The hila are prominent.", "bulky hila"]
)
def test_hila_that_are_large_are_a_finding(text: str) -> None:
    assert [(m.concept, m.polarity) for m in read_report(text).mentions] == [
        ("hilar-enlargement", Polarity.PRESENT)
    ]


def test_both_hila_that_look_normal_are_normal() -> None:
    (mention,) = read_report("Both hila look normal.").mentions
    assert mention.concept == "normal-mediastinum"


def test_no_shift_denies_a_shift_of_the_mediastinum() -> None:
    mentions = {m.concept: m.polarity for m in read_report("R PTX, no shift").mentions}
    assert mentions == {"pneumothorax": Polarity.PRESENT, "mediastinal-shift": Polarity.ABSENT}


@pytest.mark.parametrize(
    "text",
    [
        "I don't see any effusion or pneumothorax",
        "couldn't find an effusion",
        "haven't seen any effusion",
        "I don't think there is an effusion",
        "dont see effusion",
        "didn't find effusion",
        "wasn't able to find an effusion",
        "nothing suspicious for an effusion",
        "devoid of effusion",
        "0 effusion, 0 ptx",
        "(-) effusion",
        "effusion -ve",
        "Effusion? No.",
        "Is there an effusion? No.",
        "doubt effusion",
        "unlikely to be effusion",
        "I can't see an effusion",
        "Effusion: right none, left none",
    ],
)
def test_a_denial_in_plain_words_denies(text: str) -> None:
    assert {polarity for _, polarity in said(text)} == {ABSENT}


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("no doubt an effusion", PRESENT),
        ("Effusion? Yes, left.", PRESENT),
        ("effusion +ve", PRESENT),
        ("effusion (+)", PRESENT),
        ("not sure if there is an effusion", HEDGED),
        ("doubtful effusion", HEDGED),
        ("The effusion hasn't resolved", PRESENT),
        ("unable to assess for effusion", NOT_ASSESSED),
    ],
)
def test_what_sounds_like_a_denial_need_be_none(text: str, polarity: Polarity) -> None:
    assert said(text) == [("pleural-effusion", polarity)]


def test_what_an_opacity_is_unlikely_to_be_leaves_the_opacity() -> None:
    assert said("RLL opacity, unlikely to be pneumonia") == [
        ("lung-opacity", PRESENT),
        ("pneumonia", ABSENT),
    ]


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("absent lung markings R apex = PTX", "pneumothorax"),
        ("absent lung markings R apex -> PTX", "pneumothorax"),
        ("no lung markings at R apex: pneumothorax", "pneumothorax"),
        ("Absence of lung markings at the right apex indicating pneumothorax.", "pneumothorax"),
        ("No lung markings at the right apex, consistent with pneumothorax.", "pneumothorax"),
        ("no markings lateral to it, PTX", "pneumothorax"),
        ("absent L costophrenic angle, pleural effusion", "pleural-effusion"),
        ("not clear L base: consolidation", "consolidation"),
        ("No pneumothorax, enlarged heart", "cardiomegaly"),
        ("no effusion, big heart", "cardiomegaly"),
        ("No effusion, old granulomatous disease.", "granulomatous-disease"),
        ("No pneumothorax following R IJ line insertion, tip SVC", "central-venous-catheter"),
        ("no PTX post ICC insertion L", "chest-tube"),
        ("no effusion / cardiomegaly present", "cardiomegaly"),
    ],
)
def test_a_denial_ends_where_something_is_asserted(text: str, concept: str) -> None:
    mention = next(m for m in read_report(text).mentions if m.concept == concept)
    assert mention.polarity is PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "No findings consistent with pneumonia",
        "No consolidation indicating pneumonia",
        "No pneumothorax, enlarged heart or effusion",
        "No effusion, collapsed lung",
        "No pneumothorax, acute fracture",
        "No pneumothorax after removal of the chest tube",
        "No pneumothorax after line insertion",
        "No rib, clavicle or sternal fracture",
        "No pneumothorax / effusion seen",
        "No pneumothorax / effusion present",
    ],
)
def test_a_denial_goes_on_where_nothing_is_asserted(text: str) -> None:
    assert {polarity for _, polarity in said(text)} == {ABSENT}


@pytest.mark.parametrize(
    ("text", "polarity"),
    [
        ("R heart border obscured by consolidation", PRESENT),
        ("left base obscured by consolidation", PRESENT),
        ("rotation limits assessment for consolidation", NOT_ASSESSED),
    ],
)
def test_only_what_limits_the_film_hides_a_finding(text: str, polarity: Polarity) -> None:
    assert ("consolidation", polarity) in said(text)


@pytest.mark.parametrize(
    ("text", "placement"),
    [
        ("high ETT", Placement.MALPOSITIONED),
        ("ETT is low, 1 cm above the carina", Placement.MALPOSITIONED),
        ("ETT tip slightly high", Placement.MALPOSITIONED),
        ("Right mainstem intubation", Placement.MALPOSITIONED),
        ("ETT with low lung volumes", None),
        ("ETT 4 cm above the carina", None),
    ],
)
def test_a_height_alone_is_a_wrong_one(text: str, placement: Placement | None) -> None:
    noted = read_report(text).mentions[0].attributes.placement
    assert (noted and noted.value) == placement


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("prominent hila, heart normal", ["hilar-enlargement", "normal-heart"]),
        ("widened mediastinum, heart normal", ["mediastinal-widening", "normal-heart"]),
        ("normal heart, hila prominent", ["normal-heart", "hilar-enlargement"]),
        ("prominent hila and heart", ["hilar-enlargement", "cardiomegaly"]),
        (
            "heart and hila enlarged, mediastinum normal",
            ["cardiomegaly", "hilar-enlargement", "normal-mediastinum"],
        ),
    ],
)
def test_a_quality_does_not_reach_an_organ_that_is_called_normal(
    text: str, concepts: list[str]
) -> None:
    assert [mention.concept for mention in read_report(text).mentions] == concepts


@pytest.mark.parametrize("text", ["Heart enlarged w/ oedema", "Heart enlarged w 3 mm nodule"])
def test_with_may_be_one_letter(text: str) -> None:
    reading = read_report(text)
    assert reading.mentions[0].concept == "cardiomegaly"
    assert [polarity for _, polarity in said(text)] == [PRESENT, PRESENT]
    for mention in reading.mentions:
        size = mention.attributes.size
        assert size is None or text[slice(*size.span)] == "3 mm"


def test_where_a_line_goes_in_is_not_where_it_ends() -> None:
    (line,) = read_report("CVC (RIJ) in situ").mentions
    assert line.attributes.tip is None
    assert line.attributes.side is not None
    assert line.attributes.side.value is Side.RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "Unlikely pneumonia, more likely atelectasis",
        "No pneumonia, likely atelectasis",
        "no pneumonia, ?atelectasis",
    ],
)
def test_what_is_supposed_after_a_denial_is_not_denied(text: str) -> None:
    assert said(text) == [("pneumonia", ABSENT), ("atelectasis", HEDGED)]


@pytest.mark.parametrize(
    "text",
    [
        "Everything is normal.",
        "Normal film.",
        "All clear",
        "NAD",
        "unremarkable study",
        "nothing abnormal",
        "no abnormality",
        "No abnormality detected.",
        "Normal",
        "It's normal",
        "Looks normal to me",
        "Everything looks fine.",
        "everything within normal limits",
        "WNL",
        "No findings.",
        "no abnormal findings",
        "nil acute",
        "Nothing of note.",
        "nothing to report",
        "I can't find anything wrong",
        "No problem",
        "Completely normal.",
        "Probably normal",
        "Normal frontal and lateral chest",
        "healthy chest",
        "RUL mass. Otherwise normal.",
        "Everything is normal except a small left effusion.",
    ],
)
def test_a_film_that_is_called_normal_is_understood(text: str) -> None:
    assert "normal-chest" in dict(said(text))
    assert read_report(text).unknown_words == ()


@pytest.mark.parametrize(
    "text",
    [
        "Not normal",
        "Not quite normal",
        "Abnormal",
        "Nothing is normal",
        "I don't think this is normal",
        "Is this normal?",
        "No change",
        "ETT in place. Tip ok.",
        "Exposure fine",
        "no xyzzy",
        "xyzzy normal",
        "Cannot exclude abnormality",
    ],
)
def test_what_is_not_said_of_the_whole_film_does_not_make_it_normal(text: str) -> None:
    assert "normal-chest" not in dict(said(text))


@pytest.mark.parametrize("text", ["No abnormal opacity", "no abnormal lung mass or effusion"])
def test_what_is_abnormal_may_be_denied_by_its_name(text: str) -> None:
    assert {Polarity.ABSENT} == {
        polarity for concept, polarity in said(text) if concept != "normal-chest"
    }


@pytest.mark.parametrize(
    ("text", "tip", "placement"),
    [
        ("ETT has gone into the right main bronchus", "right-main-bronchus", "malpositioned"),
        ("PICC line gone up the IJ", "jugular-vein", None),
        ("NGT has gone to the stomach", "bowel", None),
        ("ETT has gone too far in", None, "malpositioned"),
        ("The PICC has gone the wrong way", None, "malpositioned"),
    ],
)
def test_a_tube_that_has_gone_somewhere_is_there(
    text: str, tip: str | None, placement: str | None, only: Only
) -> None:
    mention = only(text)
    assert mention.is_positive
    assert (mention.attributes.tip.value if mention.attributes.tip else None) == tip
    said_of_it = mention.attributes.placement
    assert (said_of_it.value.value if said_of_it else None) == placement


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Effusion has gone down", Change.DECREASED),
        ("effusion gone up", Change.INCREASED),
        ("Effusion has gone", Change.RESOLVED),
    ],
)
def test_what_has_gone_down_is_not_gone(text: str, change: Change, only: Only) -> None:
    mention = only(text)
    assert mention.attributes.change is not None
    assert mention.attributes.change.value is change
    assert mention.is_positive is (change is not Change.RESOLVED)


@pytest.mark.parametrize(
    "text",
    [
        "Needs a drain",
        "Urgent chest drain advised.",
        "recommend insertion of an intercostal drain",
        "Drain the pneumothorax.",
        "NG tube insertion advised",
        "drain to be placed",
        "no drain needed",
    ],
)
def test_a_device_that_is_advised_is_not_there(text: str) -> None:
    assert not [m for m in read_report(text).mentions if m.region is Region.DEVICES]


@pytest.mark.parametrize(
    "text",
    [
        "ETT needs pulling back",
        "consider repositioning the ETT",
        "Right chest drain inserted",
        "after insertion of chest drain",
        "R IJ line placement, no PTX",
        "suggest CT, NGT ok",
    ],
)
def test_a_device_beside_advice_is_there(text: str) -> None:
    assert [m for m in read_report(text).mentions if m.region is Region.DEVICES and m.is_positive]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("RUL consolidation, no different to last week", Change.STABLE),
        ("effusion the same as before", Change.STABLE),
        ("effusion bigger than before", Change.INCREASED),
    ],
)
def test_a_change_in_plain_words_is_read(text: str, change: Change, only: Only) -> None:
    assert only(text).attributes.change is not None
    assert only(text).attributes.change.value is change
