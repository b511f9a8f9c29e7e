"""How well the findings reader agrees with the labelled reports of the package radlabels.

    python tests/bench/bench_reader.py PATH/OF/UNPACKED/radlabels [--unread] [--errors CLASS]

The package (MIT) ships 1,000 reports with labels that its own pipeline made: RadGraph's entities,
matched against aliases that radiologists wrote. So the labels are a machine's; a disagreement may be
the reader's error or theirs. None of the package's data is kept here: unpack its wheel yourself, and
give the path by argument or in RADLABELS_PATH.

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

Rule = Callable[[Mention], bool]


def one_of(*concepts: str) -> Rule:
    return lambda mention: mention.concept in concepts


def _rib(*, old: bool) -> Rule:
    def rule(mention: Mention) -> bool:
        acuity = mention.attributes.acuity
        if mention.concept != "rib-fracture" or acuity is None:
            return False
        return (acuity.value is not Acuity.ACUTE) if old else (acuity.value is Acuity.ACUTE)

    return rule


# The package's classes in our concepts. Where its aliases make one class a part of another
# ("pneumonia" is an air space opacity, "oedema" a congestion), so does this table.
CLASSES: dict[str, Rule] = {
    "air_space_opacity": one_of("consolidation", "infiltrate", "pneumonia"),
    "atelectasis": one_of("atelectasis"),
    "bullous_disease": one_of("bullae"),
    "calcification_of_the_aorta": one_of("aortic-calcification"),
    "cardiomegaly": one_of("cardiomegaly", "enlarged-cardiomediastinum"),
    "central_venous_catheter": one_of("central-venous-catheter", "picc", "dialysis-catheter"),
    "consolidation": one_of("consolidation"),
    "emphysema": one_of("emphysema"),
    "endotracheal_tube": one_of("endotracheal-tube"),
    "enlarged_cardiomediastinum": one_of("enlarged-cardiomediastinum", "mediastinal-widening"),
    "enteric_tube": one_of("enteric-tube"),
    "fracture_generic": one_of("fracture", "rib-fracture", "vertebral-fracture"),
    "ground_glass_opacity": one_of("ground-glass-opacity"),
    "hiatus_hernia": one_of("hiatal-hernia"),
    "hilar_lymphadenopathy": one_of("lymphadenopathy"),
    "hyperinflation": one_of("hyperinflation", "flattened-diaphragm"),
    "infiltration": one_of("infiltrate"),
    "intercostal_drain": one_of("chest-tube"),
    "interstitial_thickening": one_of("interstitial-pattern"),
    "lung_nodule_or_mass": one_of("nodule", "mass"),
    "lung_opacity": one_of("lung-opacity"),
    "acute_rib_fracture": _rib(old=False),
    "non_acute_rib_fracture": _rib(old=True),
    "pacemaker_electronic_cardiac_device_or_wires": one_of("pacemaker"),
    "peribronchial_cuffing": one_of("bronchial-wall-thickening"),
    "pleural_effusion": one_of(
        "pleural-effusion", "costophrenic-blunting", "haemothorax", "empyema", "hydropneumothorax"
    ),
    "pleural_thickening": one_of("pleural-thickening", "pleural-plaque", "apical-cap"),
    "pneumomediastinum": one_of("pneumomediastinum"),
    "pneumonia": one_of("pneumonia"),
    "pneumoperitoneum": one_of("pneumoperitoneum"),
    "pneumothorax": one_of("pneumothorax", "hydropneumothorax"),
    "pulmonary_congestion_pulmonary_venous_congestion": one_of(
        "vascular-congestion", "pulmonary-oedema"
    ),
    "pulmonary_edema": one_of("pulmonary-oedema", "fluid-overload"),
    "pulmonary_fibrosis": one_of("pulmonary-fibrosis"),
    "shoulder_dislocation": one_of("dislocation"),
    "subcutaneous_emphysema": one_of("subcutaneous-emphysema"),
    "support_devices_generic": one_of("support-devices", "orthopaedic-hardware"),
    "tortuous_aorta": one_of("aortic-tortuosity"),
    "tracheal_deviation": one_of("tracheal-deviation"),
    "tracheostomy_tube": one_of("tracheostomy-tube"),
}


def predicted(text: str) -> set[str]:
    """The classes that the reader finds asserted, firmly or with a doubt."""
    mentions = [
        mention
        for mention in read_report(text).mentions
        if mention.section in (Section.FINDINGS, Section.IMPRESSION, Section.NONE)
        and mention.scope is Scope.CURRENT
        and mention.polarity in (Polarity.PRESENT, Polarity.HEDGED)
    ]
    return {name for name, rule in CLASSES.items() if any(map(rule, mentions))}


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
        sys.stdout.write(
            f"{name:52s}{n:5d}{ratio(hits[name], hits[name] + false[name]):7.3f}"
            f"{ratio(hits[name], n):7.3f}{ratio(2 * hits[name], 2 * hits[name] + false[name] + missed[name]):7.3f}\n"
        )
    right, wrong, lost = hits.total(), false.total(), missed.total()
    whole_lost = lost + unmapped.total()
    sys.stdout.write(
        f"{len(texts)} reports, {'unread' if options.unread else 'read'} part\n"
        f"micro precision {ratio(right, right + wrong):.4f}  recall {ratio(right, right + lost):.4f}"
        f"  F1 {ratio(2 * right, 2 * right + wrong + lost):.4f}"
        f"  (F1 with the {unmapped.total()} labels of classes without a concept counted as missed:"
        f" {ratio(2 * right, 2 * right + wrong + whole_lost):.4f})\n"
    )
    times = microseconds(texts)
    length = statistics.mean(map(len, texts))
    sys.stdout.write(
        f"{statistics.mean(times):.0f} µs a report (median {statistics.median(times):.0f}),"
        f" {length:.0f} characters on average\n"
    )


if __name__ == "__main__":
    main()
