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


def _works() -> bool:
    """Whether the environment's interpreter still starts (it does not when its base went away)."""
    try:
        started = subprocess.run(
            [venv_python(), "-c", "import sys, pip; print(sys.version_info[:2])"],
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
    locks = [ROOT / "requirements" / f"{name}.txt" for name in names]
    stamp = VENV / f".radgame-{'-'.join(names)}"
    digest = _digest(locks)
    if stamp.exists() and stamp.read_text() == digest and venv_python().exists():
        return venv_python()
    if VENV.exists() and not _works():
        print("radgame: the environment in .venv does not start; making it anew", flush=True)
        shutil.rmtree(VENV)
    if not VENV.exists():
        _create()
    print(f"radgame: installing {', '.join(f'requirements/{n}.txt' for n in names)}", flush=True)
    command = [str(venv_python()), "-m", "pip", "install", "--quiet"]
    command += ["--disable-pip-version-check"]
    for lock in locks:
        command += ["-r", str(lock)]
    if subprocess.run(command, check=False).returncode:
        fail("the packages could not be installed (see above). Check the network and run again.")
    stamp.write_text(digest)
    return venv_python()


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
