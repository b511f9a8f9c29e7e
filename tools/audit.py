"""`make audit`: known vulnerabilities of everything in the lock files. Standard library only.

pip-audit asks the package index. Some mirrors, and a machine without a network, know nothing of
vulnerabilities: then this says so, and is no failure, since it is no finding either.
"""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
import environment

LOCKS = ["base", "production", "models", "test"]
TIMEOUT_S = 300

# Vulnerabilities that do not concern RadGame, by id, each with the reason. Keep it short.
ACCEPTED: dict[str, str] = {}


@dataclass(frozen=True)
class Vulnerability:
    package: str
    version: str
    ids: tuple[str, ...]
    fixed_in: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """``unknown``: packages of which the index could say nothing."""

    asked: int
    unknown: tuple[str, ...]
    found: tuple[Vulnerability, ...]


def read_audit(text: str) -> Audit:
    """What pip-audit answered as JSON. Raises ValueError where it is nothing of the kind."""
    try:
        packages: list[dict[str, Any]] = json.loads(text)["dependencies"]
        return Audit(
            asked=len(packages),
            unknown=tuple(package["name"] for package in packages if "skip_reason" in package),
            found=tuple(
                Vulnerability(
                    package=package["name"],
                    version=package["version"],
                    ids=(found["id"], *found.get("aliases", ())),
                    fixed_in=tuple(found["fix_versions"]),
                )
                for package in packages
                for found in package.get("vulns", ())
            ),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"not an answer of pip-audit: {error!r}") from error


def verdict(audit: Audit, accepted: Mapping[str, str]) -> tuple[list[str], int]:
    """What to say, and the exit status: 1 when a vulnerability is known that nobody accepted."""
    lines, failed = [], False
    for found in audit.found:
        reason = next((accepted[name] for name in found.ids if name in accepted), None)
        fix = f"fixed in {', '.join(found.fixed_in)}" if found.fixed_in else "no fix is known"
        told = f"{found.package} {found.version}: {', '.join(found.ids)}; {fix}"
        lines.append(told if reason is None else f"{told} (accepted: {reason})")
        failed = failed or reason is None
    known = audit.asked - len(audit.unknown)
    if not known:
        lines.append(
            f"Nothing could be audited: the package index knows no vulnerabilities of any of the "
            f"{audit.asked} packages. Run `make audit` where the public one can be reached."
        )
    else:
        lines.append(f"{known} of {audit.asked} packages audited, {len(audit.found)} vulnerable.")
        if audit.unknown:
            lines.append(f"Not audited: {', '.join(audit.unknown)}.")
    return lines, int(failed)


def ask() -> str:
    """pip-audit's answer about the lock files, as JSON. Raises ValueError when there is none."""
    folder = environment.ensure("base", "test").parent
    command = [str(folder / "pip-audit"), "--format", "json", "--progress-spinner", "off"]
    # The locks name every package: nothing is resolved, installed or built.
    command += ["--no-deps", "--disable-pip"]
    for name in LOCKS:
        command += ["-r", str(environment.ROOT / "requirements" / f"{name}.txt")]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        raise ValueError(f"the package index did not answer within {TIMEOUT_S} seconds") from None
    if not done.stdout.strip():
        last = (done.stderr.strip() or "it said nothing").splitlines()[-1]
        raise ValueError(f"pip-audit gave no answer: {last}")
    return done.stdout


def main() -> int:
    try:
        audit = read_audit(ask())
    except ValueError as error:
        print(f"Nothing could be audited: {error}.")
        return 0
    lines, status = verdict(audit, ACCEPTED)
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
