"""What every measure is, and how one says that it cannot be had here."""

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Final

Scorer = Callable[[Sequence[str], Sequence[str]], list[float]]
"""Scores pairs: references and candidates of one length in, as many figures out."""

INSTALL: Final = "pip install -r requirements/models.txt"


class MetricUnavailable(Exception):
    """Package or weights of a measure are absent; one sentence says which, and what to do."""


def need(metric: str, module: str, package: str, install: str = INSTALL) -> None:
    """Raise MetricUnavailable unless the module can be imported."""
    if find_spec(module) is None:
        raise MetricUnavailable(
            f"{metric} needs the package {package}, which is not installed: {install}"
        )


@contextlib.contextmanager
def loading(metric: str, weights: str) -> Iterator[None]:
    """Around the loading of weights: quiet on standard output, and MetricUnavailable on failure."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        # The packages turn warnings on and off for the whole process as they are imported.
        warnings.simplefilter("ignore")
        try:
            yield
        except MetricUnavailable:
            raise
        except ImportError as error:
            raise MetricUnavailable(
                f"{metric} needs packages that do not go together as they are installed here "
                f"({_told(error)})."
            ) from error
        except Exception as error:
            # RadGraph raises a bare one, and each package something else for the same trouble.
            raise MetricUnavailable(
                f"{metric} needs {weights}, which cannot be loaded ({_told(error)}): "
                "fetch it once where there is a network, or set HF_HOME to where it lies."
            ) from error


def _told(error: Exception) -> str:
    """The kind of an error and the beginning of what it says, on one line."""
    words = " ".join(str(error).split())
    said = words if len(words) <= 120 else f"{words[:120]}…"
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
