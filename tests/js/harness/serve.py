"""Serve the film screens without Django: `python tests/js/harness/serve.py [port]`.

The pages are what the server will render; the films are drawn here with numpy.
/play and /feedback are Localize, /report and /report_feedback the report game.
Query of /play: many (a draft of 50 marks), two or three (views), theme=light,
broken (no pixel file), canvas or gl (that renderer). /submit?fail answers 500.
"""

import gzip
import importlib.util
import io
import json
import random
import re
import sys
import zlib
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import numpy.typing as npt
from PIL import Image

HERE = Path(__file__).parent
STATIC = HERE.parent.parent.parent / "static"
COLUMNS, ROWS, BITS = 2500, 3000, 12
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8"}
POLICY = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:"

SCREENS = ("play", "feedback", "report", "report_feedback")

Film = npt.NDArray[np.uint16]


def _blob(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.float32], at: tuple[float, float, float, float]
) -> npt.NDArray[np.float32]:
    centre_x, centre_y, wide, high = at
    distance = ((x - centre_x) / wide) ** 2 + ((y - centre_y) / high) ** 2
    inside: npt.NDArray[np.float32] = 1 / (1 + np.exp(np.clip(9 * (distance - 1), -30, 30)))
    return inside


def draw_film(seed: int) -> Film:
    """A chest of blobs, ribs and grain, 12 bits: enough to judge windows and speed by."""
    y, x = np.mgrid[0 : 1 : ROWS * 1j, 0 : 1 : COLUMNS * 1j].astype(np.float32)
    shift = 0.02 * (seed % 3)
    body = _blob(x, y, (0.5, 0.62, 0.47, 0.72))
    lungs = _blob(x, y, (0.31 - shift, 0.5, 0.15, 0.31)) + _blob(x, y, (0.69, 0.5, 0.145, 0.3))
    lungs = np.minimum(lungs, 1)
    heart = _blob(x, y, (0.55, 0.66, 0.16, 0.17))
    spine = np.exp(-(((x - 0.5) / 0.045) ** 2))
    below = 1 / (1 + np.exp(-60 * (y - 0.8 - 0.12 * (x - 0.5) ** 2)))
    ribs = np.zeros_like(x)
    for k in range(9):
        arch = 0.16 + 0.085 * k + 0.5 * (np.abs(x - 0.5) - 0.18) ** 2
        ribs += np.exp(-(((y - arch) / 0.012) ** 2))
    field = 0.12 + 0.58 * body - 0.36 * lungs * body + 0.26 * heart + 0.16 * spine
    field += 0.22 * below * body + 0.055 * ribs * lungs
    vessels = np.sin(70 * x + 9 * np.sin(11 * y)) * np.sin(60 * y + 7 * np.sin(13 * x))
    field += 0.02 * vessels * lungs
    nodule = np.exp(-(((x - 0.27) / 0.018) ** 2 + ((y - 0.38) / 0.015) ** 2))
    field += 0.13 * nodule
    noise = np.random.default_rng(seed).normal(0, 0.008, x.shape).astype(np.float32)
    value = np.clip(field + noise, 0, 1) ** 0.9
    film: Film = np.round(value * (2**BITS - 1)).astype(np.uint16)
    return film


def encode_left(film: Film) -> bytes:
    """The film as RGF1 with predictor 1, quickly: rgf.py is the one to compare with."""
    values = film.astype(np.int64)
    guess = np.zeros_like(values)
    guess[:, 1:] = values[:, :-1]
    guess[1:, 0] = values[:-1, 0]
    residual = (values - guess).astype(np.int16)
    zigzag = ((residual << 1) ^ (residual >> 15)).astype(np.uint16)
    rows, columns = film.shape
    header = b"RGF1" + np.array([columns, rows], "<u4").tobytes() + bytes([BITS, 1, 0, 0])
    low, high = (zigzag & 255).astype(np.uint8), (zigzag >> 8).astype(np.uint8)
    return header + low.tobytes() + high.tobytes()


def preview(film: Film) -> bytes:
    """The 8-bit picture in the default window, 1,280 pixels high."""
    grey = Image.fromarray((film >> 4).astype(np.uint8))
    grey = grey.resize((round(1280 * COLUMNS / ROWS), 1280), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    grey.save(out, "WEBP", quality=82)
    return out.getvalue()


_cache: dict[str, bytes] = {}


def cached(key: str, make: Callable[[], bytes]) -> bytes:
    if key not in _cache:
        _cache[key] = make()
    return _cache[key]


def many_marks() -> dict[str, object]:
    """A draft of 50 boxes."""
    source = random.Random(5)
    findings = ["consolidation", "nodule-mass", "pleural-effusion", "pneumothorax", "atelectasis"]
    marks = []
    for _ in range(50):
        x, y = source.randrange(200, 2000), source.randrange(300, 2500)
        wide, high = source.randrange(80, 400), source.randrange(80, 400)
        marks.append(
            {
                "image": "film-1",
                "finding": source.choice(findings),
                "box": [x, y, x + wide, min(y + high, ROWS)],
                "confidence": source.choice([None, 1, 2, 3, 4]),
            }
        )
    answer = {"marks": marks, "selected": ["cardiomegaly"], "normal": False}
    return {"answer": answer, "elapsed_s": 84, "revision": 3, "saved_at": "2024-06-11T10:00:00Z"}


def page(name: str, query: dict[str, list[str]]) -> str:
    html = (HERE / f"{name}.html").read_text()
    if "many" in query:
        draft = json.dumps(many_marks())
        html = re.sub(r'(id="draft">)[^<]*', lambda match: match[1] + draft, html)
    for view, asked in (("third", {"three"}), ("second", {"two", "three"})):
        if not asked & query.keys():
            extra = rf"\s*<!-- {view} view -->.*?<!-- /{view} view -->"
            html = re.sub(extra, "", html, flags=re.S)
    if "theme" in query:
        html = html.replace("<html ", f'<html data-theme="{query["theme"][0]}" ')
    if "broken" in query:
        html = html.replace("/films/film-1.rgf", "/films/gone.rgf")
    if "canvas" in query:
        html = html.replace("<rg-film ", '<rg-film data-renderer="canvas" ')
    if "gl" in query:
        html = html.replace("<rg-film ", '<rg-film data-renderer="gl" ')
    if asked := "&".join(query.keys() & {"fail", "two", "three"}):
        html = re.sub(r'hx-post="(/submit[a-z-]*)"', rf'hx-post="\1?{asked}"', html)
    return html


def fragment(name: str, query: dict[str, list[str]]) -> str:
    html = page(name, query)
    return html.split("<!-- fragment -->")[1].split("<!-- /fragment -->")[0]


class Handler(BaseHTTPRequestHandler):
    def reply(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True)
        path = Path(url.path.lstrip("/"))
        if url.path.lstrip("/") in SCREENS:
            self.reply(200, TYPES[".html"], page(path.name, query).encode())
        elif url.path == "/htmx.js":
            found = importlib.util.find_spec("django_htmx")
            if found is None or found.origin is None:
                self.reply(404, "text/plain", b"django-htmx is not installed")
                return
            script = Path(found.origin).parent / "static/django_htmx/htmx-2.min.js"
            self.reply(200, TYPES[".js"], script.read_bytes())
        elif path.parts[0] == "films" and path.stem in ("film-1", "film-2", "film-3"):
            seed = int(path.stem[-1])
            if path.suffix == ".webp":
                body = cached(str(path), lambda: preview(draw_film(seed)))
                self.reply(200, "image/webp", body)
            else:
                body = cached(str(path), lambda: gzip.compress(encode_left(draw_film(seed)), 4))
                self.reply(200, "application/octet-stream", body, Content_Encoding="gzip")
        elif path.parts[0] == "static" and ".." not in path.parts:
            file = STATIC.joinpath(*path.parts[1:])
            if file.is_file():
                self.reply(200, TYPES[file.suffix], file.read_bytes())
            else:
                self.reply(404, "text/plain", b"")
        else:
            self.reply(404, "text/plain", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url = urlsplit(self.path)
        query = parse_qs(url.query, keep_blank_values=True)
        if url.path == "/draft":
            revision = json.loads(body)["revision"] + 1
            self.reply(200, "application/json", json.dumps({"revision": revision}).encode())
        elif url.path == "/draft-taken":
            message = {"message": "A newer copy was saved in another tab. Reload to go on with it."}
            self.reply(409, "application/json", json.dumps(message).encode())
        elif "fail" in query:
            self.reply(500, "text/plain", b"")
        else:
            screen = "report_feedback" if url.path == "/submit-report" else "feedback"
            self.reply(200, TYPES[".html"], fragment(screen, query).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def check_encoders() -> None:
    """The quick encoder and the slow one write the same bytes."""
    from rgf import encode

    small = draw_film(1)[::311, ::307]
    rows = [[int(value) for value in row] for row in small]
    if zlib.crc32(encode(rows, BITS, 1)) != zlib.crc32(encode_left(small)):
        raise SystemExit("The two encoders disagree.")


if __name__ == "__main__":
    check_encoders()
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8017
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
