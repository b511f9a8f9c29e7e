"""Hashed, compressed static files, import statements of our own ES modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites ``import`` and ``export … from`` in static/js to the hashed names.

    Without this a module would be fetched under its plain name and could be stale for as
    long as a browser cares to keep it. Django's own switch for it covers every script of
    every package, and fails on those that spell paths in another way.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        (
            "js/*.js",
            (
                (
                    r"""(?P<matched>(?P<statement>(?:import|export)\s(?s:[^;'"]*?)\sfrom)"""
                    r"""\s*['"](?P<url>\.[^'"]*)['"]\s*;)""",
                    """%(statement)s "%(url)s";""",
                ),
            ),
        ),
    )
