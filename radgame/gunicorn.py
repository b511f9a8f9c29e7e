"""gunicorn's settings for a site: ``gunicorn -c python:radgame.gunicorn``.

Bind, workers and threads come from gunicorn's own options or GUNICORN_CMD_ARGS.
"""

import gc
import multiprocessing
from typing import Any

wsgi_app = "radgame.wsgi"
workers = multiprocessing.cpu_count() + 1
worker_class = "gthread"
threads = 2
keepalive = 5
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Spare the collector what lives as long as the process: a tenth of the time of a request.

    Django makes many short-lived objects and a full collection walks every module each time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
