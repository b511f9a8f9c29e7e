"""A text cut where its findings begin and end, so that a page can light each of them: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]

# Where findings lie over one another, the one that needs looking at most gives its look.
GRAVEST_FIRST = ("missed", "false", "partly", "matched", "remark", "")


@dataclass(frozen=True, slots=True)
class TextMark:
    """That a stretch of a text belongs to a card of the page; half-open, in code points."""

    start: int
    end: int
    key: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text with the same marks from end to end."""

    text: str
    marks: tuple[str, ...]
    outcome: str


def join_spans(text: str, spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those with nothing but white space between them as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and not text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def cut_text(text: str, start: int, end: int, marks: Sequence[TextMark]) -> tuple[Segment, ...]:
    """Cut ``text[start:end]`` at every end of a mark; joined again, the segments are that text.

    Marks may overlap, be nested, or reach beyond the stretch; what lies outside is ignored.
    """
    inside = [
        TextMark(max(mark.start, start), min(mark.end, end), mark.key, mark.outcome)
        for mark in marks
        if max(mark.start, start) < min(mark.end, end)
    ]
    cuts = sorted({start, end, *(m.start for m in inside), *(m.end for m in inside)})
    segments: list[Segment] = []
    for left, right in pairwise(cuts):
        over = [mark for mark in inside if mark.start <= left and right <= mark.end]
        keys = tuple(dict.fromkeys(mark.key for mark in over))
        outcome = min((mark.outcome for mark in over), key=GRAVEST_FIRST.index, default="")
        if segments and segments[-1].marks == keys and segments[-1].outcome == outcome:
            segments[-1] = Segment(segments[-1].text + text[left:right], keys, outcome)
        else:
            segments.append(Segment(text[left:right], keys, outcome))
    return tuple(segments)
