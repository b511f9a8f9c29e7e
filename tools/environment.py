"""The virtual environment of this checkout, made from the lock files. Standard library only.

Every failure ends in one line that says what is wrong and what to do.
"""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MINIMUM = (3, 11)
# Without these nothing of the site starts; and they come in packages that are easily broken.
NEEDED = ("django", "numpy", "pydicom")


def fail(message: str) -> NoReturn:
    """End with one line for the person at the terminal."""
    sys.exit(f"radgame: {message}")


def venv_python() -> Path:
    windows = VENV / "Scripts" / "python.exe"
    return windows if os.name == "nt" else VENV / "bin" / "python"


def _digest(locks: list[Path]) -> str:
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for lock in locks:
        digest.update(lock.read_bytes())
    return digest.hexdigest()


def _starts(*modules: str) -> bool:
    """Whether the environment's interpreter is the expected one, and imports these modules."""
    try:
        started = subprocess.run(
            [venv_python(), "-c", f"import sys, {', '.join(modules)}; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return False
    return started.returncode == 0 and started.stdout.strip() == str(sys.version_info[:2])


def ensure(*names: str) -> Path:
    """Make or update the environment for these lock files; gives its interpreter."""
    if sys.version_info < MINIMUM:
        fail(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. "
            "Install a newer one, or name it: make run PYTHON=python3.12"
        )
    stamped = _is_stamped(*names)
    # A stamp tells what was installed once. Asking costs half a second at most.
    if stamped and _starts(*NEEDED):
        return venv_python()
    if VENV.exists() and (stamped or not _starts("pip")):
        _remove()
    if not VENV.exists():
        _create()
    if not _install(*names):
        fail("the packages could not be installed (see above). Check the network and run again.")
    return venv_python()


def add(*names: str) -> bool:
    """Whether these lock files, which one can do without, are installed too, or could be now."""
    return _is_stamped(*names) or _install(*names)


def _stamp(names: tuple[str, ...]) -> Path:
    return VENV / f".radgame-{'-'.join(names)}"


def _locks(names: tuple[str, ...]) -> list[Path]:
    return [ROOT / "requirements" / f"{name}.txt" for name in names]


def _is_stamped(*names: str) -> bool:
    stamp = _stamp(names)
    return stamp.exists() and stamp.read_text() == _digest(_locks(names))


def _install(*names: str) -> bool:
    print(f"radgame: installing {', '.join(f'requirements/{n}.txt' for n in names)}", flush=True)
    command = [str(venv_python()), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check"]
    for lock in _locks(names):
        command += ["-r", str(lock)]
    if subprocess.run(command, check=False).returncode:
        return False
    _stamp(names).write_text(_digest(_locks(names)))
    return True


def _remove() -> None:
    """Take a broken environment away; what pip believes to be installed cannot be mended."""
    if VENV.is_symlink():
        fail("the environment that .venv links to is broken. Remove the link and run again.")
    print("radgame: the environment in .venv is broken; making it anew", flush=True)
    try:
        shutil.rmtree(VENV)
    except OSError as error:
        fail(f"the broken environment in .venv cannot be removed ({error.strerror}). Remove it.")


def _create() -> None:
    print("radgame: making the environment in .venv", flush=True)
    try:
        venv.create(VENV, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        fail(
            "this Python cannot make a virtual environment "
            f"({type(error).__name__}). On Debian: apt install python3-venv"
        )
