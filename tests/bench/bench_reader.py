"""How well the findings reader agrees with the labelled reports of the package radlabels.

    python tests/bench/bench_reader.py PATH/OF/UNPACKED/radlabels [--unread] [--errors CLASS]

The package (MIT) ships 1,000 reports with labels that its own pipeline made: RadGraph's entities,
matched against aliases that radiologists wrote. So the labels are a machine's; a disagreement may
be the reader's error or theirs. None of the package's data is kept here: unpack its wheel yourself,
and give the path by argument or in RADLABELS_PATH.

A label counts as positive when it is "definitely present" or "uncertain"; "definitely absent" and
no label are both negative, since the labels leave most denials out. The last 300 reports, in the
order of the SHA-256 of their names, are read only with --unread: nobody tuned a word to them.
"""

import argparse
import hashlib
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from scoring.reports.reader import Acuity, Mention, Polarity, Scope, Section, read_report

UNREAD = 300
POSITIVE = ("definitely present", "uncertain")

# A mention, its own words and the words of its clause, both in lower case.
Rule = Callable[[Mention, str, str], bool]


def one_of(*concepts: str) -> Rule:
    return lambda mention, _words, _clause: mention.concept in concepts


def named(*concepts: str, words: tuple[str, ...]) -> Rule:
    """One of the concepts, if its own words hold one of ``words``."""
    return lambda mention, own, _clause: (
        mention.concept in concepts and any(word in own for word in words)
    )


def beside(*concepts: str, words: tuple[str, ...]) -> Rule:
    """One of the concepts, if its clause holds one of ``words``."""
    return lambda mention, _own, clause: (
        mention.concept in concepts and any(word in clause for word in words)
    )


def any_of(*rules: Rule) -> Rule:
    return lambda mention, own, clause: any(rule(mention, own, clause) for rule in rules)


def _old_rib(mention: Mention, _own: str, _clause: str) -> bool:
    acuity = mention.attributes.acuity
    return (
        mention.concept == "rib-fracture"
        and acuity is not None
        and acuity.value is not Acuity.ACUTE
    )


def _new_rib(mention: Mention, _own: str, clause: str) -> bool:
    return mention.concept == "rib-fracture" and any(
        word in clause for word in ("acute", "new ", "recent", "displaced")
    )


AIRSPACE_WORDS = (
    "patchy",
    "confluent",
    "airspace",
    "air space",
    "air-space",
    "alveolar",
    "parenchymal",
)
LUNG_WORDS = ("lung", "pulmonary", "parenchymal", "focal", "diffuse", "patchy")
CENTRAL_WORDS = (
    "central",
    "cvc",
    "picc",
    "subclavian",
    "internal jugular line",
    "tunneled",
    "hickman",
)
CENTRAL_WORDS += ("triple lumen", "peripherally", "port-a-cath", "portacath", "mediport", "swan")
CENTRAL_WORDS += ("pulmonary artery catheter",)

# The package's classes in our concepts, following its alias dictionary: where that asks for a word
# beside the finding ("patchy", "lung"), so does this; where it makes one class a part of another
# ("pneumonia" is an air space opacity, any emphysema is emphysema), so does this table.
CLASSES: dict[str, Rule] = {
    "air_space_opacity": any_of(
        one_of("consolidation", "infiltrate", "ground-glass-opacity"),
        named("pneumonia", words=("pneumon", "infiltrat", "consolid")),
        beside("lung-opacity", words=AIRSPACE_WORDS),
    ),
    "atelectasis": any_of(
        one_of("atelectasis"), beside("lobar-collapse", words=("lung", "atelecta"))
    ),
    "bullous_disease": one_of("bullae"),
    "calcification_of_the_aorta": one_of("aortic-calcification"),
    "cardiomegaly": one_of("cardiomegaly", "enlarged-cardiomediastinum"),
    "central_venous_catheter": beside(
        "central-venous-catheter",
        "picc",
        "port",
        "pulmonary-artery-catheter",
        "dialysis-catheter",
        words=CENTRAL_WORDS,
    ),
    "consolidation": one_of("consolidation"),
    "emphysema": named("emphysema", "subcutaneous-emphysema", words=("emphysema",)),
    "endotracheal_tube": one_of("endotracheal-tube"),
    "enlarged_cardiomediastinum": one_of("enlarged-cardiomediastinum", "mediastinal-widening"),
    "enteric_tube": one_of("enteric-tube"),
    "fracture_generic": named(
        "fracture", "rib-fracture", "vertebral-fracture", words=("fracture", "fx")
    ),
    "ground_glass_opacity": any_of(
        one_of("ground-glass-opacity"), beside("lung-opacity", words=("hazy opaci",))
    ),
    "hiatus_hernia": one_of("hiatal-hernia"),
    "hilar_lymphadenopathy": any_of(
        beside("lymphadenopathy", words=("hilar", "hilum", "hila ")),
        named("hilar-enlargement", words=("mass", "bulky")),
    ),
    "hyperinflation": one_of("hyperinflation", "flattened-diaphragm"),
    "infiltration": one_of("infiltrate"),
    "intercostal_drain": one_of("chest-tube"),
    "implantable_electronic_device": one_of("stimulator", "loop-recorder"),
    "interstitial_thickening": any_of(
        named(
            "interstitial-pattern",
            words=(
                "marking",
                "pattern",
                "change",
                "thickening",
                "line",
                "prominence",
                "interstitium",
            ),
        ),
        beside("interstitial-pattern", words=("prominen", "thicken")),
        named("pulmonary-fibrosis", words=("honeycomb",)),
    ),
    "lobar_segmental_collapse": named(
        "atelectasis", "lobar-collapse", words=("lobar", "segmental")
    ),
    "lung_lesion": any_of(one_of("lung-lesion", "cavity"), named("bone-lesion", words=("lytic",))),
    "lung_nodule_or_mass": any_of(
        one_of("granuloma", "lung-lesion"),
        named("nodule", words=("opacit", "densit")),
        beside(
            "nodule", "mass", words=("lung", "pulmonary", "calcified", "solitary", "parenchymal")
        ),
    ),
    "lung_opacity": any_of(
        beside("lung-opacity", "ground-glass-opacity", words=LUNG_WORDS),
        lambda mention, own, clause: (
            mention.concept in ("nodule", "interstitial-pattern", "atelectasis")
            and "opaci" in own
            and any(word in clause for word in LUNG_WORDS)
        ),
    ),
    "acute_rib_fracture": _new_rib,
    "non_acute_rib_fracture": _old_rib,
    "pacemaker_electronic_cardiac_device_or_wires": one_of("pacemaker", "icd"),
    "peribronchial_cuffing": one_of("bronchial-wall-thickening"),
    "pleural_effusion": one_of(
        "pleural-effusion", "costophrenic-blunting", "haemothorax", "empyema", "hydropneumothorax"
    ),
    "pleural_other": one_of("pleural-calcification", "pleural-mass"),
    "pleural_thickening": one_of("pleural-thickening", "pleural-plaque", "apical-cap"),
    "pneumomediastinum": one_of("pneumomediastinum"),
    "pneumonia": one_of("pneumonia"),
    "pneumoperitoneum": one_of("pneumoperitoneum"),
    "pneumothorax": one_of("pneumothorax", "hydropneumothorax"),
    "pulmonary_congestion_pulmonary_venous_congestion": one_of(
        "vascular-congestion", "pulmonary-oedema"
    ),
    "pulmonary_edema": any_of(
        beside("pulmonary-oedema", words=("pulmonary",)), named("fluid-overload", words=("fluid",))
    ),
    "pulmonary_fibrosis": one_of("pulmonary-fibrosis"),
    "shoulder_dislocation": one_of("dislocation"),
    "subcutaneous_emphysema": one_of("subcutaneous-emphysema"),
    "support_devices_generic": any_of(
        named(
            "support-devices",
            "monitoring-leads",
            words=("device", "lines and tubes", "tubes and lines"),
        ),
        named("orthopaedic-hardware", words=("hardware",)),
    ),
    "tortuous_aorta": one_of("aortic-tortuosity"),
    "tracheal_deviation": one_of("tracheal-deviation"),
    "tracheostomy_tube": one_of("tracheostomy-tube"),
    "whole_lung_or_majority_collapse": named("lobar-collapse", words=("lung", "complete")),
}


def predicted(text: str) -> set[str]:
    """The classes that the reader finds asserted, firmly or with a doubt."""
    reading = read_report(text)
    mentions = [
        mention
        for mention in reading.mentions
        if mention.section in (Section.FINDINGS, Section.IMPRESSION, Section.NONE)
        and mention.scope is Scope.CURRENT
        and mention.polarity in (Polarity.PRESENT, Polarity.HEDGED)
    ]
    found: set[str] = set()
    for mention in mentions:
        own = " ".join(reading.words_of(mention).lower().split())
        clause = " ".join(text[slice(*mention.clause)].lower().split())
        found.update(name for name, rule in CLASSES.items() if rule(mention, own, clause))
    return found


def labelled(samples: Path, *, unread: bool) -> Iterator[tuple[str, str, set[str]]]:
    """Name, text and positive classes of each report of one part."""
    labels = json.loads((samples / "synthetic_labels.json").read_text())
    names = sorted(labels, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    for name in names[-UNREAD:] if unread else names[:-UNREAD]:
        text = (samples / "synthetic_reports" / f"{name}.txt").read_text()
        yield name, text, {key for key, value in labels[name].items() if value in POSITIVE}


def microseconds(texts: list[str], rounds: int = 5) -> list[float]:
    """The best of several rounds for each text."""
    best = [float("inf")] * len(texts)
    for _ in range(rounds):
        for place, text in enumerate(texts):
            begun = time.perf_counter()
            read_report(text)
            best[place] = min(best[place], (time.perf_counter() - begun) * 1e6)
    return best


def ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description="Measure the findings reader on radlabels' reports."
    )
    parser.add_argument("package", nargs="?", default=os.environ.get("RADLABELS_PATH", ""))
    parser.add_argument("--unread", action="store_true", help="the 300 reports kept apart")
    parser.add_argument("--errors", default="", help="name the reports that disagree on this class")
    options = parser.parse_args()
    if not options.package:
        parser.error("give the path of the unpacked package, or set RADLABELS_PATH")
    samples = Path(options.package) / "samples"
    hits, false, missed = Counter[str](), Counter[str](), Counter[str]()
    unmapped = Counter[str]()
    texts = []
    for name, text, wanted in labelled(samples, unread=options.unread):
        texts.append(text)
        got = predicted(text)
        unmapped.update(wanted - CLASSES.keys())
        hits.update(got & wanted)
        false.update(got - wanted)
        missed.update((wanted & CLASSES.keys()) - got)
        if options.errors and (options.errors in got) != (options.errors in wanted):
            sys.stdout.write(f"{name}: {'false' if options.errors in got else 'missed'}\n")
    sys.stdout.write(f"{'class':52s}{'n':>5s}{'prec':>7s}{'rec':>7s}{'F1':>7s}\n")
    for name in sorted(CLASSES, key=lambda name: -(hits[name] + missed[name])):
        n = hits[name] + missed[name]
        precision = ratio(hits[name], hits[name] + false[name])
        f1 = ratio(2 * hits[name], hits[name] + false[name] + n)
        recall = ratio(hits[name], n)
        sys.stdout.write(f"{name:52s}{n:5d}{precision:7.3f}{recall:7.3f}{f1:7.3f}\n")
    right, wrong, lost = hits.total(), false.total(), missed.total()
    of_all = ratio(2 * right, 2 * right + wrong + lost + unmapped.total())
    sys.stdout.write(
        f"{len(texts)} reports, {'unread' if options.unread else 'read'} part\n"
        f"micro precision {ratio(right, right + wrong):.4f}"
        f"  recall {ratio(right, right + lost):.4f}"
        f"  F1 {ratio(2 * right, 2 * right + wrong + lost):.4f}\n"
        f"F1 with the {unmapped.total()} labels of classes without a concept missed: {of_all:.4f}\n"
    )
    times = microseconds(texts)
    length = statistics.mean(map(len, texts))
    sys.stdout.write(
        f"{statistics.mean(times):.0f} µs a report (median {statistics.median(times):.0f}),"
        f" {length:.0f} characters on average\n"
    )


if __name__ == "__main__":
    main()
