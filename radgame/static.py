"""Hashed, compressed static files, import statements of ES modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites ``import`` paths between modules to the hashed names.

    Without this a module would be fetched under its plain name and could be
    stale for as long as a browser cares to keep it.
    """

    support_js_module_import_aggregation = True
