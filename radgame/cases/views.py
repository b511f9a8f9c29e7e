"""Films for the browser: served to who may see the case, kept by the browser for good."""

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from .access import get_film
from .models import Image

# The address is random and the bytes under it never change: another rendition has
# another address. Private, because a shared cache does not ask who may see the case.
IMMUTABLE = "private, max-age=31536000, immutable"


def _film_response(stored: FieldFile, content_type: str) -> FileResponse:
    response = FileResponse(stored.open("rb"), content_type=content_type)
    # From a bucket a film comes as a stream, which FileResponse cannot measure.
    response.headers.setdefault("Content-Length", str(stored.file.size))
    response["Cache-Control"] = IMMUTABLE
    # FileResponse would tell the stored name, which is nobody's business.
    del response["Content-Disposition"]
    return response


def preview_response(film: Image) -> FileResponse:
    return _film_response(film.preview, "image/webp")


def pixels_response(film: Image) -> FileResponse:
    response = _film_response(film.pixels, "application/octet-stream")
    response["Content-Encoding"] = "gzip"
    return response


@require_safe
def preview(request: HttpRequest, token: str, rendition: str) -> FileResponse:
    """The 8-bit picture that is on screen first."""
    return preview_response(get_film(request.user, token, rendition))


@require_safe
def pixels(request: HttpRequest, token: str, rendition: str) -> FileResponse:
    """The full depth, in the format of docs/pixel-format.md, compressed once at import."""
    return pixels_response(get_film(request.user, token, rendition))
