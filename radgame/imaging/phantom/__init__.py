"""Synthetic frontal chest films with exactly known regions, drawn from geometry and a seed.

The films are no patient's and resemble none: every line is an analytic path length through made-up
solids. They exist to try the games without any licence or privacy question, not to teach pathology,
and each carries a burnt-in notice that says so.
"""

from radgame.imaging.phantom.catalogue import DEMO_RECIPES
from radgame.imaging.phantom.exposure import LABEL
from radgame.imaging.phantom.film import GENERATOR_VERSION, make_film
from radgame.imaging.phantom.recipe import FINDINGS, Film, Lesion, LesionSpec, Recipe
from radgame.imaging.phantom.report import TECHNIQUE, write_report

__all__ = [
    "DEMO_RECIPES",
    "FINDINGS",
    "GENERATOR_VERSION",
    "LABEL",
    "TECHNIQUE",
    "Film",
    "Lesion",
    "LesionSpec",
    "Recipe",
    "make_film",
    "write_report",
]
