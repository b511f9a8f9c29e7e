"""The environment of a checkout: made once, made anew, and what is said when it cannot be."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
NEEDED = ("django", "numpy", "pydicom")


class Checkout:
    """Lock files that name small packages beside them, so that pip needs no network."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self.python = self.venv / "bin" / "python"
        (folder / "requirements").mkdir(parents=True)
        for name in NEEDED:
            self._wheel(name)
        self.lock("base", *NEEDED)

    def lock(self, name: str, *packages: str) -> None:
        lines = ["--no-index", f"--find-links {self.folder}", *packages]
        (self.folder / "requirements" / f"{name}.txt").write_text("\n".join(lines))

    def ask(self, call: str) -> subprocess.CompletedProcess[str]:
        code = f"""
import sys; sys.path.insert(0, {str(TOOLS)!r})
import environment, pathlib
environment.ROOT = pathlib.Path({str(self.folder)!r})
environment.VENV = environment.ROOT / ".venv"
print(environment.{call})
"""
        return subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def package(self, name: str) -> Path:
        return next(self.venv.glob(f"lib/python*/site-packages/{name}"))

    def _wheel(self, name: str) -> None:
        about = f"{name}-1.dist-info"
        with zipfile.ZipFile(self.folder / f"{name}-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"{name}/__init__.py", "")
            wheel.writestr(
                f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
            )
            wheel.writestr(
                f"{about}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(f"{about}/RECORD", "")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


ANEW = "radgame: the environment in .venv is broken; making it anew"


def test_an_environment_is_made_once_and_made_anew_when_it_is_broken(checkout: Checkout) -> None:
    made = checkout.ask("ensure('base')")
    assert made.stdout.splitlines()[0] == "radgame: making the environment in .venv", made.stderr
    assert checkout.ask("ensure('base')").stdout.strip() == str(checkout.python)

    # pip believes that Django is there: its record is.
    shutil.rmtree(checkout.package("django"))
    mended = checkout.ask("ensure('base')")
    assert mended.stdout.splitlines()[0] == ANEW, mended.stderr
    assert checkout.package("django").is_dir()

    # The Python it was made from was removed.
    checkout.python.unlink()
    checkout.python.symlink_to(checkout.folder / "gone")
    mended = checkout.ask("ensure('base')")
    assert mended.stdout.splitlines()[0] == ANEW, mended.stderr
    assert checkout.ask("ensure('base')").stdout.strip() == str(checkout.python)


def test_packages_that_cannot_be_installed_are_said_in_one_line(checkout: Checkout) -> None:
    checkout.lock("base", "django", "nowhere-to-be-found")
    told = checkout.ask("ensure('base')")
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1] == (
        "radgame: the packages could not be installed (see above). Check the network and run again."
    )
    # And the next start does not take it for whole.
    checkout.lock("base", *NEEDED)
    assert checkout.ask("ensure('base')").returncode == 0

    # What one can do without is no reason to end.
    checkout.lock("models", "nowhere-to-be-found")
    told = checkout.ask("add('base', 'models')")
    assert (told.returncode, told.stdout.splitlines()[-1]) == (0, "False")
    checkout.lock("models", "django")
    assert checkout.ask("add('base', 'models')").stdout.splitlines()[-1] == "True"
    assert checkout.ask("add('base', 'models')").stdout.splitlines() == ["True"]


def test_a_broken_environment_of_somebody_else_is_left_to_them(checkout: Checkout) -> None:
    theirs = checkout.folder / "theirs"
    (theirs / "bin").mkdir(parents=True)
    checkout.venv.symlink_to(theirs)
    told = checkout.ask("ensure('base')")
    assert told.returncode == 1
    assert told.stderr.strip() == (
        "radgame: the environment that .venv links to is broken. Remove the link and run again."
    )
    assert theirs.is_dir()
