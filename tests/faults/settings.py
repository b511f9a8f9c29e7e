"""The site as the fault tests run it: the real one, with small times and a model of the test's own.

Every process of the tests gets these by DJANGO_SETTINGS_MODULE. Nothing of the product knows.
"""

from radgame import queues
from radgame.settings import *  # noqa: F403
from radgame.settings import INSTALLED_APPS, env

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.stub"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# An explainer behind an address: the test's (tests.faults.endpoint).
EXPLAINER = "openai"
EXPLAINER_URL = env.str("FAULTS_ENDPOINT")

# A tenth of the product's times or less, in the same order.
queues.LIMITS[queues.QUICK] = queues.Limits(soft_s=5, hard_s=7)
queues.LIMITS[queues.GPU] = queues.Limits(soft_s=5, hard_s=7)
VISIBILITY_TIMEOUT_S = 12
BROKER_PAUSE_S = 2.0
LEASE_S, RENEW_S = 3, 0.5
RESEND_AFTER_S, RESEND_EMPTY_AFTER_S = 10, 2
BACKOFF_S = (1, 1, 1, 1)
SWEEP_EVERY_S = 1
