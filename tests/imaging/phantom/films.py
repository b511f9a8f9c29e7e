"""Small films shared by the tests of this folder; each recipe is drawn once per run."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from radgame.imaging.phantom import DEMO_RECIPES, Film, Recipe, make_film

SCALE = 0.2

RECIPES = {recipe.key: recipe for recipe in DEMO_RECIPES}
NORMAL_KEYS = tuple(key for key, recipe in RECIPES.items() if not recipe.lesions)
LESION_KEYS = tuple(key for key, recipe in RECIPES.items() if recipe.lesions)


def small(recipe: Recipe) -> Recipe:
    """The same recipe at test size, without quanta."""
    return replace(recipe, scale=SCALE, noise=False)


@cache
def film_of(recipe: Recipe) -> Film:
    """The film of a recipe, drawn once."""
    return make_film(recipe)


def demo(key: str) -> Film:
    """A demonstration film at test size."""
    return film_of(small(RECIPES[key]))


def without(key: str, index: int) -> Film:
    """The same film lacking one of its lesions."""
    recipe = small(RECIPES[key])
    rest = tuple(spec for i, spec in enumerate(recipe.lesions) if i != index)
    return film_of(replace(recipe, lesions=rest))
