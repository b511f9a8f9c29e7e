"""An explainer that asks the test what to do, and does it: also what no explainer should."""

import json
import os
import resource
import signal
import time
import urllib.request
from collections.abc import Sequence

from scoring.explanations import Explanation, FilmLoader, Request, Result


class EndpointExplainer:
    name = "openai"

    def __init__(self, url: str) -> None:
        self._url = url

    def explain(self, requests: Sequence[Request], load_film: FilmLoader) -> list[Result]:
        return [self._explain(request) for request in requests]

    def _explain(self, request: Request) -> Result:
        question = json.dumps({"id": request.id, "pid": os.getpid()}).encode()
        with urllib.request.urlopen(self._url, question, timeout=60) as response:
            answer = json.load(response)
        match answer["do"]:
            case "raise":
                raise RuntimeError("the model has a bug")
            case "exit":
                raise SystemExit("the card serves this process no more")
            case "hang":
                time.sleep(600)
            case "hang for good":
                _hang_for_good()
            case "take all memory":
                _take_all_memory()
            case "be killed":
                # As by the kernel, when the machine has no memory left.
                os.kill(os.getpid(), signal.SIGKILL)
        return Explanation(request.id, answer["text"], "openai", "stub", "1", "1", 0.0)


def _hang_for_good() -> None:
    while True:
        try:
            time.sleep(600)
        except Exception:  # noqa: BLE001, S112
            # As code that takes the soft limit for an error of its own.
            continue


def _take_all_memory() -> None:
    """Allocate within a limit as a container sets it, until Python cannot."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        in_use = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + 64 * 1024 * 1024, before[1]))
    taken = []
    try:
        while True:
            taken.append(bytearray(8 * 1024 * 1024))
    finally:
        taken.clear()
        resource.setrlimit(resource.RLIMIT_AS, before)
