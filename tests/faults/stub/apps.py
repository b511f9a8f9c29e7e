"""Puts the endpoint of the test in the model's place, and small times in the product's."""

from datetime import timedelta

from celery.concurrency.asynpool import AsynPool
from django.apps import AppConfig
from django.conf import settings


class StubConfig(AppConfig):
    name = "tests.faults.stub"

    def ready(self) -> None:
        from localize import explaining
        from radgame import celery, jobs, queues
        from radgame.breaker import Breaker

        from .explainer import EndpointExplainer

        explaining.make_explainer = lambda name, options: EndpointExplainer(options.url)
        for name in ("LEASE_S", "RENEW_S", "RESEND_AFTER_S", "RESEND_EMPTY_AFTER_S", "BACKOFF_S"):
            assert hasattr(jobs, name)
            setattr(jobs, name, getattr(settings, name))
        queues.broker = Breaker(settings.BROKER_PAUSE_S)
        options = celery.app.conf.broker_transport_options
        options["visibility_timeout"] = settings.VISIBILITY_TIMEOUT_S
        options["unacked_restore_interval"] = 1
        sweep = celery.app.conf.beat_schedule["sweep"]
        sweep["schedule"] = timedelta(seconds=settings.SWEEP_EVERY_S)
        # How soon a worker misses a process of its own: Celery looks every five seconds.
        celery.app.conf.worker_lost_wait = 0.1
        AsynPool.timers = property(lambda pool: {pool.maintain_pool: 0.2})
