"""Films in S3-compatible storage. Imported only where RADGAME_MEDIA names a bucket."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

# A page waits for a film, and a health check for the store: neither may hang on a dead one.
CONNECT_TIMEOUT_S = 5
READ_TIMEOUT_S = 20
ATTEMPTS = 3
MISSING = {"404", "NoSuchKey"}


@contextmanager
def _as_os_error(name: str) -> Iterator[None]:
    """What a folder would say: callers know ``OSError`` and nothing of this store's library."""
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in MISSING:
            raise FileNotFoundError(f"no such object: {name}") from error
        raise OSError(f"the store refused {name}: {error}") from error
    except BotoCoreError as error:
        raise OSError(f"the store did not answer for {name}: {error}") from error


class StreamedFile(File):  # type: ignore[type-arg]
    """An object as it comes over the wire: read front to back, and fetched anew by ``open``."""

    file: Any

    def __init__(self, fetch: Callable[[], tuple[Any, int]], name: str) -> None:
        self._fetch = fetch
        body, self.size = fetch()
        super().__init__(body, name)

    def open(self, *_mode: Any, **_options: Any) -> "StreamedFile":
        self.close()
        self.file, self.size = self._fetch()
        return self

    def read(self, size: int = -1) -> bytes:
        with _as_os_error(str(self.name)):
            return bytes(self.file.read(None if size < 0 else size))


class FilmStorage(S3Storage):  # type: ignore[misc]
    """A private bucket that the site alone reads: films get no address of their own.

    Opening costs one request and passes on what comes; nothing lies on a disk in between.
    Failures are ``OSError``, as with a folder.
    """

    def get_default_settings(self) -> dict[str, Any]:
        """As the library has them, but: no name is written over, and no call waits for ever."""
        return {
            **super().get_default_settings(),
            "file_overwrite": False,
            "client_config": Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
                # Several compatible stores refuse the checksums that boto3 adds of itself.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        }

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: an address with a signature would be good for whoever is given it."""
        raise ValueError("Films are served by the view that asks who may see the case.")

    def exists(self, name: str) -> bool:
        with _as_os_error(name):
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _as_os_error(name):
            super().delete(name)

    def size(self, name: str) -> int:
        with _as_os_error(name):
            return int(super().size(name))

    def _open(self, name: str, mode: str = "rb") -> StreamedFile:
        if mode != "rb":
            raise ValueError(f"Films are opened to be read as bytes, not in mode {mode!r}.")

        def fetch() -> tuple[Any, int]:
            with _as_os_error(name):
                answer = self.bucket.Object(self._normalize_name(name)).get()
            return answer["Body"], answer["ContentLength"]

        return StreamedFile(fetch, name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _as_os_error(name):
            return str(super()._save(name, content))
