"""The running site, with everything it answered on record."""

import gzip
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from pytest_django.live_server_helper import LiveServer

GATE_S = 20.0
WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Answered:
    """One response as it left the server: headers and body, and the body unpacked."""

    method: str
    path: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def plain(self) -> bytes:
        packed = dict(self.headers).get("Content-Encoding") == "gzip"
        return gzip.decompress(self.body) if packed else self.body

    @property
    def everything(self) -> bytes:
        """Address, headers, wire body and unpacked body, for a search."""
        head = "\n".join([self.path, *(f"{name}: {value}" for name, value in self.headers)])
        return head.encode() + b"\n" + self.body + b"\n" + self.plain


class Site:
    """The live server; ``answers`` is what it sent since the test began, oldest first."""

    def __init__(self, server: LiveServer) -> None:
        self.url = server.url
        self.answers: list[Answered] = []
        self._gates: dict[str, threading.Event] = {}
        self._open = True
        self._under_way = 0
        self._counting = threading.Condition()
        # Threads share one connection when SQLite lives in memory: one request at a time,
        # or two transactions would be nested into each other.
        shared = bool(server.thread.connections_override)
        self.lock: AbstractContextManager[Any] = threading.RLock() if shared else nullcontext()
        httpd = server.thread.httpd
        application = httpd.get_app()
        assert application is not None
        httpd.set_app(self._recording(application))

    @contextmanager
    def visited(self) -> Iterator[None]:
        """For one test: what a closed page still sends afterwards finds no site and no database."""
        self.answers.clear()
        self._open = True
        yield
        with self._counting:
            self._open = False
            assert self._counting.wait_for(lambda: not self._under_way, GATE_S)

    @contextmanager
    def _counted(self) -> Iterator[bool]:
        """Whether the site is open, for a request that is waited for."""
        with self._counting:
            is_open = self._open
            self._under_way += 1
        try:
            yield is_open
        finally:
            with self._counting:
                self._under_way -= 1
                self._counting.notify_all()

    @contextmanager
    def holding(self, ending: str) -> Iterator[threading.Event]:
        """Keep requests for paths that end so waiting until the event is set, or the block ends."""
        gate = self._gates[ending] = threading.Event()
        try:
            yield gate
        finally:
            del self._gates[ending]
            gate.set()

    def _recording(self, application: WsgiApplication) -> WsgiApplication:
        def record(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            with self._counted() as is_open:
                if not is_open:
                    start_response("503 Service Unavailable", [("Content-Length", "0")])
                    return []
                return answered(environ, start_response)

        def answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            begun: list[tuple[int, tuple[tuple[str, str], ...]]] = []

            def note(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                begun.append((int(status[:3]), tuple(headers)))
                return start_response(status, headers, *rest)

            for ending, gate in list(self._gates.items()):
                if environ["PATH_INFO"].endswith(ending):
                    gate.wait(GATE_S)
            with self.lock:
                chunks = application(environ, note)
                try:
                    body = b"".join(chunks)
                finally:
                    close = getattr(chunks, "close", None)
                    if close is not None:
                        close()
            status, headers = begun[-1]
            address = environ["PATH_INFO"]
            if environ.get("QUERY_STRING"):
                address += "?" + environ["QUERY_STRING"]
            self.answers.append(Answered(environ["REQUEST_METHOD"], address, status, headers, body))
            return [body]

        return record
