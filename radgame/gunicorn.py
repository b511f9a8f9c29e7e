"""gunicorn's settings for a site: ``gunicorn -c python:radgame.gunicorn``.

Bind, workers and threads come from gunicorn's own options or GUNICORN_CMD_ARGS.
"""

import gc
import importlib
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from gunicorn.errors import AppImportError
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from radgame.watching.lines import formatter

wsgi_app = "radgame.wsgi"
workers = multiprocessing.cpu_count()
worker_class = "radgame.gunicorn.Worker"
threads = 2
keepalive = 5
control_socket_disable = True

_COUNTS = "PROMETHEUS_MULTIPROC_DIR"


class Lines(Logger):  # type: ignore[misc]
    """gunicorn's own lines in the form of all others (radgame/watching/lines.py)."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        # Not from Django's settings: this process starts the workers, and must not hold the site.
        production = os.environ.get("RADGAME_PRODUCTION", "").lower() in {"1", "true", "yes", "on"}
        form = os.environ.get("LOG_FORMAT") or ("json" if production else "terminal")
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(form))


logger_class = Lines


class Worker(ThreadWorker):  # type: ignore[misc]
    """Takes a new connection only while a thread is free, so that no process queues what another
    could answer at once.

    gunicorn's own goes on accepting while all its threads are busy. One process then held most of
    the connections that are kept alive, and the others idled: a quarter of the cores.
    """

    busy = 0

    def load_wsgi(self) -> None:
        """As gunicorn's own; what is wrong with the settings is said without a traceback."""
        try:
            importlib.import_module("radgame.settings")
        except ImproperlyConfigured as missing:
            # gunicorn prints this alone, and gives up.
            raise AppImportError(f"RadGame does not start. {missing}") from None
        super().load_wsgi()

    def enqueue_req(self, conn: Any) -> None:
        self.busy += 1
        super().enqueue_req(conn)
        if self.busy >= self.cfg.threads:
            self.set_accept_enabled(False)

    def finish_request(self, conn: Any, fs: Any) -> None:
        # The main loop turns to accepting again after each event.
        self.busy -= 1
        super().finish_request(conn, fs)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled and self.busy < self.cfg.threads)


def on_starting(server: Any) -> None:
    """Each worker counts into files of its own, and whoever is asked for the metrics adds them up.

    Set before a worker starts, and before anything imports the metrics' library, which looks once.
    A folder that the environment names is kept, and emptied of an earlier run.
    """
    if not os.environ.get(_COUNTS):
        os.environ[_COUNTS] = tempfile.mkdtemp(prefix="radgame-metrics-")
        server.forget_counts = True
    folder = Path(os.environ[_COUNTS])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    mark_process_dead(worker.pid, os.environ[_COUNTS])  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    if getattr(server, "forget_counts", False):
        shutil.rmtree(os.environ[_COUNTS])


def post_worker_init(worker: Any) -> None:
    """Spare the collector what lives as long as the process: a tenth of the time of a request.

    Django makes many short-lived objects and a full collection walks every module each time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
