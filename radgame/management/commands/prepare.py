"""Bring an embedded site up to date: tables, taxonomy, demo, people, static files."""

import hashlib
import json
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from radgame.accounts.models import Role, User
from radgame.cases.models import Case

PEOPLE = [
    {"username": "learner", "role": "learner"},
    {"username": "instructor", "role": "instructor"},
    {"username": "staff", "role": "staff"},
]


class Command(BaseCommand):
    help = (
        "Prepare the embedded site: migrate, load the taxonomy and the demo, collect static files."
    )

    def handle(self, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "prepare makes demo people and is for a laptop only. "
                "In production run migrate, load_taxonomy and collectstatic."
            )
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_taxonomy", verbosity=0)
        self._demo()
        self._people()
        self._static()

    def _demo(self) -> None:
        first = not Case.objects.filter(dataset__slug="demo").exists()
        if first:
            self.stdout.write("Drawing the synthetic demo films, once: about half a minute.")
            self.stdout.flush()
        call_command("import_dataset", "demo", verbosity=1 if first else 0)

    def _people(self) -> None:
        """Three people to sign in as; their passwords are made here and kept in var/."""
        path = settings.VAR_DIR / "demo-people.json"
        if path.exists():
            return
        made = []
        for person in PEOPLE:
            password = secrets.token_urlsafe(9)
            user, _created = User.objects.get_or_create(
                username=person["username"],
                defaults={"email": f"{person['username']}@radgame.localhost"},
            )
            user.role = Role.LEARNER if person["role"] == "learner" else Role.INSTRUCTOR
            user.is_staff = user.is_superuser = person["role"] == "staff"
            user.set_password(password)
            user.save()
            made.append({**person, "password": password})
        path.touch(mode=0o600)
        path.write_text(json.dumps(made, indent=1))

    def _static(self) -> None:
        """Collect only when a file changed: it is the slow part of a second start."""
        if settings.PLAIN_STATIC:
            return
        digest = _tree_digest(Path(settings.BASE_DIR) / "static")
        stamp = settings.VAR_DIR / "static.stamp"
        if stamp.exists() and stamp.read_text() == digest and Path(settings.STATIC_ROOT).exists():
            return
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
        stamp.write_text(digest)


def _tree_digest(root: Path) -> str:
    digest = hashlib.sha256(settings.VERSION.encode())
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
