"""A server that speaks as much of OpenAI's chat completions as a test tells it to."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """``delay_s`` passes before anything is sent; ``drip_s`` after each byte of the body."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.0
    drip_s: float = 0.0


def says(content: Any, finish: str = "stop") -> Reply:
    """A completion whose message is this text, or this object as JSON."""
    text = content if isinstance(content, str) or content is None else json.dumps(content)
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return Reply(json.dumps({"id": "1", "choices": [choice]}).encode())


@dataclass
class Endpoint:
    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@contextmanager
def serving(replies: Sequence[Reply]) -> Iterator[Endpoint]:
    """Answers one question after another with the replies, and then with the last of them."""
    stopped = threading.Event()
    endpoint = Endpoint("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(replies, endpoint, stopped.wait))
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield endpoint
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(
    replies: Sequence[Reply], endpoint: Endpoint, wait: Callable[[float], bool]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            endpoint.asked.append(json.loads(self.rfile.read(length)))
            endpoint.paths.append(self.path)
            endpoint.keys.append(self.headers["Authorization"])
            reply = replies[min(len(endpoint.asked), len(replies)) - 1]
            wait(reply.delay_s)
            try:
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.content_type)
                self.send_header("Content-Length", str(len(reply.body)))
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.end_headers()
                self._send(reply)
            except (BrokenPipeError, ConnectionResetError):
                # The client had waited long enough, which is what some tests are about.
                self.close_connection = True

        def _send(self, reply: Reply) -> None:
            if not reply.drip_s:
                self.wfile.write(reply.body)
                return
            for byte in reply.body:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(reply.drip_s)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
