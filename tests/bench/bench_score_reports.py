"""Print how many pairs of reports `manage.py score_reports` scores in a second.

Run from the repository's root: python -m tests.bench.bench_score_reports [pairs] [workers]
The reports are put together from sentences written for this: about eight a reference, and six a
candidate that shares some of them. `core` is one process and its processor time, so that other work
on the machine does not count; `command` is the whole command on a file, by the clock, with its
start, JSON in and out, and its processes. Peak memory is the command's own and its largest child's.
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


def lines_of(count: int) -> list[str]:
    rng = random.Random(20260311)
    lines = []
    for number in range(count):
        reference = rng.sample(SENTENCES, 8)
        if number % 3:
            candidate = [*rng.sample(reference, 4), *rng.sample(SENTENCES, 2)]
            text = " ".join(rng.sample(candidate, len(candidate)))
        else:
            text = ", ".join(rng.sample(TERSE, 5))
        context = {"age": rng.randint(18, 95), "sex": "F", "indication": "Shortness of breath."}
        line = {
            "id": number,
            "reference": " ".join(reference),
            "candidate": text,
            "context": context,
        }
        lines.append(json.dumps(line) + "\n")
    return lines


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    workers = sys.argv[2] if len(sys.argv) > 2 else "2"
    lines = lines_of(count)
    list(write_lines(lines[:50]))
    started = time.process_time()
    for _, good in write_lines(lines[: count // 2]):
        assert good
    each_s = (time.process_time() - started) / (count // 2)
    sys.stdout.write(f"core     {1 / each_s:8.0f} pairs/s {each_s * 1e3:6.2f} ms a pair\n")
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
    assert done.stdout.count(b"\n") == count
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    used_s, peak_mib = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    sys.stdout.write(
        f"command  {count / spent_s:8.0f} pairs/s with {workers} workers, "
        f"{spent_s:.1f} s in all, {used_s / count * 1e3:.2f} ms of processors a pair, "
        f"{peak_mib:.0f} MiB at most in a process\n"
    )


if __name__ == "__main__":
    main()
