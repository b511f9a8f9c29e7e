"""Reading Dockerfiles, and running their steps as plain commands where no engine is at hand."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
# The folder of ours in an image; a test puts another in its place.
HOME = re.compile(r"(?<![\w.])/radgame(?=[/:\s\"']|$)")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction, its lines joined."""

    name: str
    text: str


@dataclass(slots=True)
class Stage:
    """What comes after one FROM."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [step.text for step in self.steps if step.name == name]

    def environment(self) -> dict[str, str]:
        pairs = (pair for text in self.all("ENV") for pair in shlex.split(text))
        return dict(pair.split("=", 1) for pair in pairs)


def steps_of(path: Path) -> Iterator[Step]:
    lines = [
        line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            name, _space, text = line.partition(" ")
            yield Step(name, text.strip())


def stages_of(path: Path) -> list[Stage]:
    stages: list[Stage] = []
    for step in steps_of(path):
        if step.name == "FROM":
            base, _as, name = step.text.partition(" AS ")
            stages.append(Stage(base, name))
        else:
            stages[-1].steps.append(step)
    return stages


def ignored(name: str) -> bool:
    """Whether .dockerignore keeps a file of the checkout out: the last line that fits decides."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if _fits(line.removeprefix("!"), name):
            out = not line.startswith("!")
    return out


def _fits(pattern: str, name: str) -> bool:
    """Docker's rule: ``**`` is any number of folders, ``*`` stops at a slash, parents count."""
    rule = "".join(
        {"**/": "(?:.*/)?", "*": "[^/]*"}.get(part, re.escape(part))
        for part in re.split(r"(\*\*/|\*)", pattern)
    )
    return re.fullmatch(rf"{rule}(?:/.*)?", name) is not None


@dataclass(slots=True)
class PlainBuild:
    """Runs the steps of one Dockerfile below a folder, in the order they are written.

    All stages share the folder, so a COPY from a stage must keep the path. ``leave_out`` names,
    by a part of their text, the RUN steps that would change the machine or need what it lacks;
    each must be there.
    """

    home: Path
    python: Path
    leave_out: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    cwd: Path = field(default_factory=Path)

    def run(
        self, path: Path, extra: Mapping[str, str] | None = None, *, again: bool = False
    ) -> None:
        """All steps, with these variables too; ``again``: what they made is there already."""
        for stage in stages_of(path):
            self.environment = {
                "PATH": f"{self.python.parent}:{os.environ['PATH']}",
                "LANG": "C.UTF-8",
                "TMPDIR": str(self.home.parent),
                # How this machine reaches its packages is its own business.
                **{k: v for k, v in os.environ.items() if k.startswith(("PIP_", "SSL_"))},
            }
            self.cwd = self.home.parent
            for step in stage.steps:
                self._do(step, dict(extra or {}), again)

    def placed(self, text: str) -> str:
        return HOME.sub(str(self.home), text)

    def _do(self, step: Step, extra: dict[str, str], again: bool) -> None:
        text = self.placed(step.text)
        if step.name == "ENV":
            for pair in shlex.split(text):
                name, value = pair.split("=", 1)
                self.environment[name] = value.replace("$PATH", self.environment["PATH"])
        elif step.name == "WORKDIR":
            self.cwd = Path(text)
            self.cwd.mkdir(parents=True, exist_ok=True)
        elif step.name == "COPY":
            if not again:
                self._copy(text)
        elif step.name == "RUN":
            if any(part in step.text for part in self.leave_out):
                self.left_out.append(step.text)
                return
            if again:
                return
            done = subprocess.run(
                ["/bin/sh", "-c", text],
                cwd=self.cwd,
                env={**self.environment, **extra},
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
            )
            assert done.returncode == 0, f"{step.text}\n{done.stdout[-2000:]}{done.stderr[-4000:]}"

    def _copy(self, text: str) -> None:
        *sources, target = text.split()
        if sources[0].startswith("--from="):
            assert sources[1:] == [target], "stages share one folder here: keep the path"
            return
        into = self.cwd / target
        for source in sources:
            _copy_from_checkout(source, into)


def _copy_from_checkout(source: str, into: Path) -> None:
    """As COPY does: what .dockerignore keeps out is not there, a folder gives its contents."""
    origin = ROOT / source
    assert origin.exists(), f"COPY {source}: there is no such thing in the checkout"
    files = [origin] if origin.is_file() else [p for p in origin.rglob("*") if p.is_file()]
    taken = [p for p in files if not ignored(str(p.relative_to(ROOT)))]
    assert taken, f"COPY {source}: .dockerignore keeps all of it out"
    for file in taken:
        target = into / (file.name if origin.is_file() else file.relative_to(origin))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def command_of(text: str) -> list[str]:
    """The words of a CMD or of a HEALTHCHECK's CMD in the form of a list."""
    words: list[str] = json.loads(text[text.index("[") :])
    return words
