#!/usr/bin/env python
"""Entrance to the management commands."""

import importlib
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "radgame.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as missing:
        # What to set is said in one sentence; where in our code it was missed helps nobody.
        sys.exit(f"RadGame does not start. {missing}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
