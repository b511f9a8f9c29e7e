"""The model's address: answers when and what the test says, and remembers who asked."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Question:
    """A worker's process ``pid`` asks about the row ``row``, for the ``time``-th time."""

    row: int
    pid: int
    time: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the worker's process does after so many seconds."""

    do: str = "say"
    after_s: float = 0.0


@dataclass
class Endpoint:
    url: str = ""
    answer: Callable[[Question], Answer] = lambda question: Answer()
    asked: list[Question] = field(default_factory=list)
    _counts: Counter[int] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def forget(self) -> None:
        with self._lock:
            self.asked.clear()
            self._counts.clear()
            self.answer = lambda question: Answer()

    def ask(self, row: int, pid: int) -> dict[str, str]:
        with self._lock:
            self._counts[row] += 1
            question = Question(row, pid, self._counts[row])
            self.asked.append(question)
        answer = self.answer(question)
        time.sleep(answer.after_s)
        return {"do": answer.do, "text": words_of(row, question.time)}


def words_of(row: int, time: int) -> str:
    """What the model says of a row at this question, and at no other."""
    return f"Words about row {row}, said the {time}. time."


@contextmanager
def serving() -> Iterator[Endpoint]:
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            question = json.loads(self.rfile.read(length))
            body = json.dumps(endpoint.ask(int(question["id"]), question["pid"])).encode()
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                # Who asked has been killed meanwhile.
                self.close_connection = True

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
