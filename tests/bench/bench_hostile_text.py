"""The longest that a learner's text can take to mark, whatever is typed.

    python -m tests.bench.bench_hostile_text [--texts 300]

Texts of the greatest length a reading may have, made of what the reader of reports looks for:
one phrase again and again, phrases at random, findings without a full stop, misspellings, and
letters without a blank. Prints the slowest, in processor time; nothing here is a test.
"""

import argparse
import random
import time
from collections.abc import Iterator

from scoring.reports import score_report

CHARACTERS = 6_000
SLOWEST = 5
REFERENCE = (
    "Small left pleural effusion. Mild cardiomegaly. No pneumothorax. Right lower lobe "
    "consolidation. ETT 4 cm above the carina. Old left rib fractures."
)
PHRASES = [
    *(
        "no ",
        "not ",
        "and ",
        "or ",
        "without ",
        "with ",
        "but ",
        "which ",
        "of ",
        "in the ",
        "the ",
    ),
    *(", ", "; ", ". ", ": ", "? ", "?", "/", "(", ")", "\n", "\n- ", "-ve ", "> ", "= ", "_"),
    *("1 ", "1.1 ", "5 cm x ", "mm ", "0.", "55 % ", "cm ", "L ", "RUL ", "T12 ", "CTR "),
    *("right ", "left ", "bilateral ", "small ", "mild to ", "lower ", "lobe ", "heart ", "size "),
    *("normal ", "clear ", "lungs ", "effusion ", "opacity ", "?mass ", "tube ", "ETT ", "tip "),
    *("above the ", "carina ", "present ", "seen ", "possible ", "cannot exclude ", "since "),
    *("compared to ", "no change in ", "FINDINGS: ", "é", "ß", "\u202e", "a\u0301"),
]
FINDINGS = ["pneumothorax", "effusion", "consolidation", "nodule", "fracture", "cardiomegaly"]


def hostile_texts(rng: random.Random, count: int) -> Iterator[tuple[str, str]]:
    """Texts with what they are made of."""
    yield from ((repr(phrase), phrase) for phrase in PHRASES)
    for separator in (" ", ", ", " and ", " or ", " no "):
        words = (f"{rng.choice(['small', 'large'])} {rng.choice(FINDINGS)}" for _ in range(300))
        yield f"findings with {separator!r}", separator.join(words)
    for finding in FINDINGS:
        yield f"{finding} misspelt", " ".join(_misspelt(finding, rng) for _ in range(600))
    letters = rng.choices("abcdefinoprstéß", k=CHARACTERS)
    yield "letters without a blank", "".join(letters)
    for _ in range(count):
        some = "".join(rng.choices(PHRASES, k=rng.randint(2, 4)))
        yield repr(some), some
        yield "phrases at random", "".join(rng.choices(PHRASES, k=CHARACTERS // 3))


def _misspelt(word: str, rng: random.Random) -> str:
    letters = list(word)
    for _ in range(2):
        letters[rng.randrange(1, len(letters))] = rng.choice("abcdefghij")
    return "".join(letters)


def main() -> None:
    parser = argparse.ArgumentParser(description="The longest that a text can take to mark.")
    parser.add_argument("--texts", type=int, default=300, help="how many at random")
    options = parser.parse_args()
    score_report(REFERENCE, "small effusion")
    taken = []
    for name, unit in hostile_texts(random.Random(1), options.texts):
        text = (unit * (CHARACTERS // len(unit) + 1))[:CHARACTERS]
        began = time.process_time()
        score_report(REFERENCE, text)
        taken.append((time.process_time() - began, name))
    taken.sort(reverse=True)
    print(f"{len(taken)} texts of {CHARACTERS} characters; the slowest:")
    for seconds, name in taken[:SLOWEST]:
        print(f"{seconds * 1000:6.0f} ms  {name}")


if __name__ == "__main__":
    main()
