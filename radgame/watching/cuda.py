"""Whether a worker that loads a model sees a card. Without one it works all the same, on the
processor, so slowly that every row runs out of time: at its start it is said."""

import logging
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

logger = logging.getLogger(__name__)

# In a process of its own: who has asked CUDA once cannot hand it to a child, and the worker's
# children are those that load the model.
_ASK: Final = "import torch; raise SystemExit(0 if torch.cuda.is_available() else 3)"
_UNSEEN: Final = 3
_PATIENCE_S: Final = 180

_loads_model: list[Callable[[], bool]] = []


def register(loads_model: Callable[[], bool]) -> None:
    """Have a room say whether, by the settings, it loads a model in workers of the queue gpu."""
    _loads_model.append(loads_model)


def look_soon() -> None:
    """Look in a thread, so that the worker begins at once; nothing where no model is loaded."""
    if any(loads_model() for loads_model in _loads_model):
        threading.Thread(target=look, name="radgame-cuda", daemon=True).start()


def look() -> None:
    """Warn of a worker that sees no card."""
    try:
        asked = subprocess.run(
            [sys.executable, "-c", _ASK],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        logger.warning("whether a card is in sight could not be asked")
        return
    if asked.returncode == _UNSEEN:
        logger.warning(
            "no CUDA device is in sight: the model will run on the processor, and its rows will "
            "run out of time; see docs/operations.md, Add a GPU worker"
        )
    elif asked.returncode:
        logger.warning("torch cannot be loaded here: no row of a model will be done")
