"""`make check`: format, lint, types, imports, migrations, audit. Standard library only."""

# An old Python must get as far as the line that says it is too old.
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import environment

CHECKS = [
    ("format", ["ruff", "format", "--check", "."]),
    ("lint", ["ruff", "check", "."]),
    ("types", ["mypy"]),
    ("import contracts", ["lint-imports"]),
    ("migrations are complete", ["python", "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("system check", ["python", "manage.py", "check"]),
    ("known vulnerabilities", ["python", "tools/audit.py"]),
]


def main() -> int:
    folder = environment.ensure("base", "test").parent
    failed = []
    for title, (program, *arguments) in CHECKS:
        print(f"=== {title}", flush=True)
        command = [str(folder / program), *arguments]
        if subprocess.run(command, cwd=environment.ROOT, check=False).returncode:
            failed.append(title)
    print(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
