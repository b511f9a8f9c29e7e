"""Print how many pairs of reports `manage.py score_reports` scores in a second.

Run from the repository's root: python -m tests.bench.bench_score_reports [pairs] [workers]
Two streams, of pairs that are all different, in sentences written for this. `said before`: eight of
eighteen sentences a reference, five or six a candidate, which shares some of them or is in telegram
style. What a sentence says is remembered, so this is the speed where all sentences are common ones.
`never said`: eight a reference and eight a candidate, put together from parts so that no sentence
comes twice in the whole stream. Real reports lie between the two.

`core` is one process and its processor time, so that other work on the machine does not count;
`command` is the whole command on a file, by the clock, with its start, JSON in and out, and its
processes. Peak memory is the command's own and its largest child's.
"""

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scoring.reports.jsonl import write_lines

ROOT = Path(__file__).resolve().parents[2]
SENTENCES = [
    "The lungs are clear.",
    "There is a small left pleural effusion.",
    "Mild cardiomegaly is present.",
    "No pneumothorax is seen.",
    "There is patchy consolidation in the right lower lobe, which may represent pneumonia.",
    "The mediastinal contours are within normal limits.",
    "Degenerative changes are seen in the thoracic spine.",
    "An endotracheal tube ends 4 cm above the carina.",
    "A 7 mm nodule projects over the left upper lobe.",
    "There is bibasilar atelectasis, left greater than right.",
    "No acute osseous abnormality.",
    "The aorta is tortuous and calcified.",
    "Moderate pulmonary oedema with interstitial thickening.",
    "Old healed fractures of the right fifth and sixth ribs.",
    "The heart is of normal size.",
    "The trachea is midline.",
    "Hyperinflation with flattening of the hemidiaphragms is consistent with emphysema.",
    "A right internal jugular line ends in the superior vena cava.",
]
TERSE = [
    "small L effusion",
    "heart big",
    "no ptx",
    "RLL consolidation",
    "lungs clear",
    "bones ok",
    "?nodule LUL",
    "ETT 4 cm above carina",
]


SIDES = ["left", "right"]
PLACES = ["upper lobe", "lower lobe", "upper zone", "mid zone", "lower zone", "base", "apex"]
DEGREES = ["trace", "small", "mild", "moderate", "large", "severe"]
EDGES = ["well-defined", "partly calcified", "spiculated", "rounded", "lobulated", "faint"]
MEANINGS = ["pneumonia", "aspiration", "atelectasis", "malignancy", "scarring", "oedema"]
TUBES = ["endotracheal tube", "tracheostomy tube", "right PICC", "left subclavian line"]
ORDINALS = ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
SEEN = ["is seen", "is present", "is evident", "is identified", "is visible"]
ABSENT = [
    "acute fracture",
    "cavity",
    "consolidation",
    "focal opacity",
    "free air under the diaphragm",
    "hilar enlargement",
    "interstitial thickening",
    "mediastinal widening",
    "pleural effusion",
    "pneumomediastinum",
    "pneumothorax",
    "pulmonary oedema",
    "subcutaneous emphysema",
    "suspicious nodule",
]
NORMAL = [
    "aorta",
    "clavicles",
    "heart",
    "left hemidiaphragm",
    "left hilum",
    "lung apices",
    "mediastinum",
    "pleura",
    "pulmonary vessels",
    "right hemidiaphragm",
    "right hilum",
    "soft tissues",
    "thoracic spine",
    "trachea",
]
# Sentences that are never said twice: what is in braces is drawn anew each time.
FRAMES = [
    "There is a {degree} {side} pleural effusion, {mm} mm deep.",
    "Patchy consolidation of {cm} cm in the {side} {place} may represent {meaning}.",
    "A {edge} nodule of {mm} mm projects over the {side} {place}.",
    "The {tube} ends {cm} cm above the carina and {mm} mm {side} of the midline.",
    "Atelectasis at the {side} base is {degree}, {mm} mm thick.",
    "The heart is enlarged, {cm} cm in a thorax of {mm} mm.",
    "The {side} hemidiaphragm is elevated by {mm} mm, with {degree} volume loss.",
    "No {absent[0]}, {absent[1]} or {absent[2]} {seen}.",
    "The {normal[0]}, the {normal[1]}, the {normal[2]} and the {normal[3]} are normal.",
    "Healed fracture of the {side} {rib} rib, displaced by {mm} mm.",
    "Degenerative changes are {degree}, with osteophytes of {mm} mm and {side} convex scoliosis.",
    "The {side} hilum is enlarged to {mm} mm, which may represent {meaning}.",
]
MOST_PAIRS = 8000
"""There are more than 16 / 12 as many sentences of each frame."""


def _common_pair(rng: random.Random, number: int) -> tuple[str, str]:
    """Texts of sentences that come again and again."""
    reference = rng.sample(SENTENCES, 8)
    if number % 3:
        candidate = [*rng.sample(reference, 4), *rng.sample(SENTENCES, 2)]
        said = " ".join(rng.sample(candidate, len(candidate)))
    else:
        said = ", ".join(rng.sample(TERSE, 5))
    return " ".join(reference), said


def _new_text(rng: random.Random, said: set[str]) -> str:
    """Eight sentences that are not yet among those ``said``; they are added."""
    return " ".join(_new_sentence(rng, frame, said) for frame in rng.sample(FRAMES, 8))


def _new_sentence(rng: random.Random, frame: str, said: set[str]) -> str:
    while True:
        sentence = frame.format(
            side=rng.choice(SIDES),
            place=rng.choice(PLACES),
            degree=rng.choice(DEGREES),
            edge=rng.choice(EDGES),
            meaning=rng.choice(MEANINGS),
            tube=rng.choice(TUBES),
            rib=rng.choice(ORDINALS),
            seen=rng.choice(SEEN),
            absent=rng.sample(ABSENT, 3),
            normal=rng.sample(NORMAL, 4),
            mm=rng.randint(20, 999) / 10,
            cm=rng.randint(10, 299) / 10,
        )
        if sentence not in said:
            said.add(sentence)
            return sentence


def lines_of(count: int, *, new: bool) -> list[str]:
    rng = random.Random(20260311)
    said: set[str] = set()
    lines = []
    for number in range(count):
        if new:
            reference, candidate = _new_text(rng, said), _new_text(rng, said)
        else:
            reference, candidate = _common_pair(rng, number)
        context = {"age": rng.randint(18, 95), "sex": "F", "indication": "Shortness of breath."}
        line = {
            "id": number,
            "reference": reference,
            "candidate": candidate,
            "context": context,
        }
        lines.append(json.dumps(line) + "\n")
    return lines


def measure(lines: list[str], workers: str) -> str:
    """The speeds on these lines, in two rows; the lines of the first have not been read before."""
    half = len(lines) // 2
    started = time.process_time()
    for _, good in write_lines(lines[:half]):
        assert good
    each_s = (time.process_time() - started) / half
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pairs.jsonl"
        file.write_text("".join(lines))
        started = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "manage.py", "score_reports", str(file), "--workers", workers],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=True,
        )
        spent_s = time.perf_counter() - started
    assert done.stdout.count(b"\n") == len(lines)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return (
        f"  core     {1 / each_s:6.0f} pairs/s, {each_s * 1e3:.2f} ms a pair\n"
        f"  command  {len(lines) / spent_s:6.0f} pairs/s with {workers} workers, "
        f"{spent_s:.1f} s in all, {used_s / len(lines) * 1e3:.2f} ms of processors a pair, "
        f"{used.ru_maxrss / 1024:.0f} MiB at most in a process\n"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    workers = sys.argv[2] if len(sys.argv) > 2 else "2"
    if count > MOST_PAIRS:
        sys.exit(f"At most {MOST_PAIRS} pairs: there are no more sentences that were never said.")
    # Tables are read and patterns compiled before the clock starts.
    list(write_lines(lines_of(50, new=False)))
    for name, new in (("said before", False), ("never said", True)):
        sys.stdout.write(f"{name}\n{measure(lines_of(count, new=new), workers)}")


if __name__ == "__main__":
    main()
