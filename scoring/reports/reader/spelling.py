"""Find the word that was meant, when a long word is one letter off, or a very long one two.

Symmetric deletions (Garbe 2012): two words are near if deleting up to n letters of each gives a
common string. The strings of the lexicon are made once, those of an unknown word when it comes.
"""

from collections.abc import Iterable, Iterator

# Shorter words have too many neighbours; longer ones may be two letters off.
ONE_LETTER_FROM = 6
TWO_LETTERS_FROM = 10

# Words that are near a word of the lexicon and mean something else.
FALSE_FRIENDS = frozenset(
    [
        "infusion",
        "infusions",
        "affusion",
        "suffusion",
        "effusive",
        "diffusion",
        "profusion",
        "confusion",
        "perfusion",
        "perfused",
        "hypotension",
        "hypertension",
        "hypotensive",
        "hypertensive",
        "hypothermia",
        "hyperthermia",
        "hypercapnia",
        "prostate",
        "prostatic",
        "thoracis",
        "message",
        "massage",
        "massed",
        "massive",
        "passive",
        "missive",
        "masking",
        "indicated",
        "intimated",
        "instability",
        "infected",
        "infecting",
        "injection",
        "injected",
        "infarcted",
        "inflected",
        "abdominis",
        "cardiology",
        "cardiologist",
        "radiology",
        "radiologist",
        "radiologic",
        "pathology",
        "pathologist",
        "plural",
        "pleuritic",
        "pleurisy",
        "neural",
        "mediate",
        "mediately",
        "medially",
        "laterality",
        "fraction",
        "fractions",
        "traction",
        "tractions",
        "contraction",
        "extraction",
        "retraction",
        "attraction",
        "distraction",
        "distended",
        "distant",
        "position",
        "positions",
        "positional",
        "cavity",
        "gravity",
        "calcify",
        "diagnosis",
        "diagnoses",
        "prognosis",
        "conversation",
        "consultation",
        "consolation",
        "consoling",
        "relation",
        "revelation",
        "modulation",
        "hernial",
        "herniated",
        "hematoma",
        "hematomas",
        "hepatoma",
        "heparin",
        "unclear",
        "nuclear",
        "nucleus",
        "symmetric",
        "asymmetric",
        "similarly",
        "dissimilar",
        "reported",
        "reports",
        "supported",
        "inferior",
        "interior",
        "exterior",
        "ulterior",
        "anterior",
        "posterior",
        "increase",
        "decrease",
        "incased",
        "deceased",
        "diseased",
        "released",
        "unstable",
        "instable",
        "uneven",
        "uncertain",
        "certain",
        "certainly",
        "contain",
        "contains",
        "contained",
        "evolution",
        "solution",
        "dilution",
        "devolution",
        "pollution",
        "absolution",
        "relocated",
        "allocated",
        "bronchoscopy",
        "bronchodilator",
        "endoscopy",
        "ventilator",
        "ventilated",
        "ventilation",
        "intention",
        "attention",
        "retention",
        "detention",
        "stented",
        "vented",
        "decompression",
        "decompressed",
        "decompressive",
        "compressed",
        "impressed",
    ]
)


def deletions(word: str, depth: int) -> Iterator[str]:
    """The word, and what is left of it without up to ``depth`` of its letters, each once."""
    seen = {word}
    level = [word]
    yield word
    for _ in range(depth):
        following = []
        for current in level:
            for position in range(len(current)):
                shorter = current[:position] + current[position + 1 :]
                if shorter not in seen:
                    seen.add(shorter)
                    following.append(shorter)
                    yield shorter
        level = following


class SpellingIndex:
    """The words of a lexicon by what is left of them after deletions.

    People get the first letter right ("infusion" is not a misspelt "effusion"), so there is an
    index for each, which is made when a word with that letter is first asked for: all of them
    together would be a third of the time it takes to load the lexicon.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._words: dict[str, list[str]] = {}
        # Sorted, so that of two equally near words the same is always found.
        for word in sorted(set(words)):
            if len(word) >= ONE_LETTER_FROM and word.isalpha():
                self._words.setdefault(word[0], []).append(word)
        self._indexes: dict[str, dict[str, list[str]]] = {}

    def _index(self, letter: str) -> dict[str, list[str]]:
        if letter not in self._words:
            return {}
        index = self._indexes.get(letter)
        if index is None:
            index = {}
            for word in self._words[letter]:
                for shorter in deletions(word, _depth(word)):
                    index.setdefault(shorter, []).append(word)
            # Set when it is whole: another thread may ask meanwhile, and makes its own.
            self._indexes[letter] = index
        return index

    def nearest(self, word: str) -> str | None:
        """The word of the lexicon that was meant by an unknown ``word``, or None."""
        if len(word) < ONE_LETTER_FROM or word in FALSE_FRIENDS or not word.isalpha():
            return None
        depth = _depth(word)
        known_here = self._words.get(word[0], ())
        # Nothing is near a longer one, and what is left of a text without blanks, two letters at
        # a time, would fill the memory.
        if len(word) > max(map(len, known_here), default=0) + depth:
            return None
        index = self._index(word[0])
        best: tuple[int, str] | None = None
        for shorter in deletions(word, depth):
            for known in index.get(shorter, ()):
                if known[:5] in _OPPOSED and known[:5] != word[:5]:
                    continue
                distance = edit_distance(word, known)
                if distance <= depth and (best is None or (distance, known) < best):
                    best = (distance, known)
        return best[1] if best else None


# "hypo" for "hyper" is one or two letters, and the opposite.
_OPPOSED = frozenset({"hyper", "hypoi", "hypoe", "hypoa", "hypov"})


def _depth(word: str) -> int:
    return 2 if len(word) >= TWO_LETTERS_FROM else 1


def edit_distance(first: str, second: str) -> int:
    """Letters to insert, delete, replace or swap with a neighbour (restricted Damerau distance)."""
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            cost = min(above[column] + 1, current[-1] + 1, above[column - 1] + (letter != other))
            if row > 1 and column > 1 and letter == second[column - 2] and first[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, above = above, current
    return above[-1]
