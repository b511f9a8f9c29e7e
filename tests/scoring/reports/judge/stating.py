"""Findings as a report might state them, made by hand."""

from scoring.reports.judge.places import LEFT, LEVELS, RIGHT, Whereabouts
from scoring.reports.judge.stated import Stated
from scoring.reports.reader import CONCEPTS, Certainty, Section

SIDES = {"": 0, "left": LEFT, "right": RIGHT, "both": LEFT | RIGHT}


def stated(concept, side="", *places, **facts):
    """One finding; `facts` are fields of Stated."""
    levels = 0
    for place in places:
        levels |= LEVELS[place]
    lobes = frozenset(place for place in places if place.endswith("-lobe"))
    given = {
        "concepts": (concept,),
        "weighed": (concept,),
        "region": CONCEPTS[concept].region,
        "where": Whereabouts(SIDES[side], levels, lobes),
        "severity": None,
        "degree": "",
        "size_mm": None,
        "size_from_mm": None,
        "number": None,
        "acuity": None,
        "change": None,
        "descriptors": frozenset(),
        "quotes": (),
        "tip": None,
        "tip_distance_mm": None,
        "placement": None,
        "certainty": Certainty.DEFINITE,
        "is_open": False,
        "spans": ((0, 1),),
        "phrase": " ".join((side, *places, concept)).strip(),
        "head": (0, 1),
        "sections": frozenset({Section.FINDINGS}),
        "start": 0,
        "end": 1,
    }
    return Stated(**{**given, **facts})
