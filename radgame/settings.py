"""Settings: one file of typed environment readers.

With nothing set, the site runs embedded: SQLite, local files, a cache in the
process. ``RADGAME_PRODUCTION=1`` turns on what a public site needs and then no
secret has a default. Every variable is listed in docs/operations.md.
"""

import importlib.util
import os
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from radgame.secret_file import kept_secret
from radgame.watching.lines import FORMATS, logging_settings


class _Environment(environ.Env):  # type: ignore[misc]  # the package says no types
    """Values as they stand: a secret may begin with a dollar.

    django-environ takes such a value for the name of another variable.
    """

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: bool = False,
    ) -> Any:
        value = self.ENVIRON.get(var, "")
        if value.startswith("$"):
            return self.parse_value(value, cast)
        return super().get_value(var, cast=cast, default=default, parse_default=parse_default)


env = _Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.str("RADGAME_VAR", default=str(BASE_DIR / "var")))
VERSION = "0.1.0"

PRODUCTION: bool = env.bool("RADGAME_PRODUCTION", default=False)
DEBUG: bool = env.bool("RADGAME_DEBUG", default=False)
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("RADGAME_DEBUG must be off when RADGAME_PRODUCTION is on.")


def _secret_key() -> str:
    """The key from the environment; embedded, one made for this machine and kept in var/."""
    if PRODUCTION or "SECRET_KEY" in env.ENVIRON:
        key: str = env.str("SECRET_KEY")
        return key
    return kept_secret(VAR_DIR / "secret_key", _new_key).decode()


def _new_key() -> bytes:
    from django.core.management.utils import get_random_secret_key

    return get_random_secret_key().encode()


SECRET_KEY = _secret_key()
# Keys that were: what they have signed is still believed, and nothing new is signed with them.
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS: list[str] = (
    env.list("ALLOWED_HOSTS")
    if PRODUCTION
    else env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
)
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_htmx",
    "radgame",
    "radgame.accounts",
    "radgame.rest",
    "radgame.cases",
    "radgame.progress",
    "radgame.classroom",
    "localize",
    "report",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "radgame.watching.middleware.WatchMiddleware",
    "radgame.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "radgame.urls"
WSGI_APPLICATION = "radgame.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]


def _database() -> dict[str, Any]:
    """The database of DATABASE_URL; embedded, SQLite in WAL mode under var/."""
    if PRODUCTION:
        config: dict[str, Any] = env.db("DATABASE_URL")
    else:
        # An address that is set but empty means the embedded database too.
        url = env.str("DATABASE_URL", default="") or f"sqlite:///{VAR_DIR / 'radgame.sqlite3'}"
        config = env.db_url_config(url)
    if config["ENGINE"] == "django.db.backends.sqlite3":
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        config["OPTIONS"] = {
            # IMMEDIATE takes the write lock at BEGIN, so that two submits at once
            # queue up instead of failing on lock promotion.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;"
            ),
        }
        # The last one to close a database in WAL mode writes the log back: a fifth of a request.
        config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    else:
        config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
        config["CONN_HEALTH_CHECKS"] = True
    if config["ENGINE"] == "django.db.backends.postgresql":
        # Django's, but that a connection in use is not asked before every request if it lives.
        config["ENGINE"] = "radgame.postgresql"
        config["OPTIONS"] = {"connect_timeout": 5, **config.get("OPTIONS", {})}
    return config


DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Several web processes must share sessions and rate limits, so production needs it.
REDIS_URL: str = env.str("REDIS_URL") if PRODUCTION else env.str("REDIS_URL", default="")
CACHES: dict[str, dict[str, Any]] = {
    "default": (
        {
            "BACKEND": "radgame.cache.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "radgame",
            # A Redis that accepts and says nothing must not hold a page.
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        }
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    ),
    # Parts of pages that are the same for everybody; gone with the process, so never stale.
    "fragments": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "fragments",
        # Some three megabytes. One entry for each case that is open somewhere must find room, or
        # the cache is thrown away and filled again all the time.
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
# Where messages to the workers go; in the process itself without one (radgame.celery).
BROKER_URL: str = env.str("BROKER_URL", default="") or REDIS_URL or "memory://localhost"
# Embedded there is one process, and its memory is all that counts wrong passwords.
SILENCED_SYSTEM_CHECKS = [] if REDIS_URL else ["axes.W001"]
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30

# --- people -----------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    # First: after too many wrong passwords nobody else is asked.
    "axes.backends.AxesStandaloneBackend",
    "radgame.accounts.backends.ReaderBackend",
    "radgame.accounts.backends.SignInBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "radgame.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="optional")
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
# How many proxies of one's own stand in front: rate limits must see the visitor's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# Five wrong passwords from one address close sign-in from there for that person (accounts.lockout).
# allauth's own limits are wider nets: one address, whoever it tries; one person, from anywhere.
AXES_HANDLER = "radgame.accounts.lockout.CountedTries"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "radgame.accounts.lockout.counted_name"
AXES_CLIENT_IP_CALLABLE = "radgame.accounts.lockout.counted_address"
AXES_LOCKOUT_CALLABLE = "radgame.accounts.lockout.refuse"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# What is counted is in the cache, under digests, until it runs out; its tables stay empty.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,20/15m/key"}
# A second factor, for who wants one. Who has lost both phone and codes is let in by staff, in the
# administration.
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "RadGame"
ACCOUNT_USERNAME_BLACKLIST = ["admin", "root", "radgame", "staff"]
EMAIL_CONFIG: dict[str, Any] = (
    env.email("EMAIL_URL") if PRODUCTION else env.email("EMAIL_URL", default="consolemail://")
)
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="RadGame <radgame@localhost>")

# --- files ------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Films are served by a view that asks who may see the case; there is no media URL.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
PLAIN_STATIC: bool = env.bool("RADGAME_PLAIN_STATIC", default=DEBUG)


def _media() -> dict[str, Any]:
    """Where films lie: the folder MEDIA_ROOT, or the bucket and prefix of RADGAME_MEDIA."""
    address: str = env.str("RADGAME_MEDIA", default="")
    if not address:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    parts = urlsplit(address)
    if parts.scheme != "s3" or not parts.netloc:
        raise ImproperlyConfigured(
            f"RADGAME_MEDIA is {address!r}; it must be s3://bucket or s3://bucket/prefix. "
            "A folder is named by MEDIA_ROOT."
        )
    if not all(importlib.util.find_spec(name) for name in ("storages", "boto3")):
        raise ImproperlyConfigured(
            "RADGAME_MEDIA needs packages that are not installed: "
            "pip install -r requirements/production.txt"
        )
    # Without a key, boto3 looks where it always does: AWS_ACCESS_KEY_ID, a profile, a role.
    access_key: str = env.str("RADGAME_S3_ACCESS_KEY", default="")
    secret_key: str = env.str("RADGAME_S3_SECRET_KEY", default="")
    if bool(access_key) != bool(secret_key):
        raise ImproperlyConfigured(
            "Set both RADGAME_S3_ACCESS_KEY and RADGAME_S3_SECRET_KEY, or neither."
        )
    return {
        "BACKEND": "radgame.storage.FilmStorage",
        "OPTIONS": {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "endpoint_url": env.str("RADGAME_S3_ENDPOINT", default="") or None,
            "region_name": env.str("RADGAME_S3_REGION", default="") or None,
            "access_key": access_key or None,
            "secret_key": secret_key or None,
        },
    }


STORAGES = {
    "default": _media(),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PLAIN_STATIC
        else "radgame.static.HashedStaticStorage"
    },
}
WHITENOISE_USE_FINDERS = PLAIN_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- words ------------------------------------------------------------------
# Plain "en": as a variant, every string would be looked up through seven catalogues in a row.
LANGUAGE_CODE = "en"
# A language is offered once its pages are translated: half of one and half of another is worse.
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
# With one language there is nothing to look up: a feedback page asks for a hundred strings.
USE_I18N = len(LANGUAGES) > 1
USE_TZ = True

# --- safety -----------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# Pages carry the token themselves; no script needs the cookie.
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "radgame.views.csrf_failure"
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=60 * 60 * 24 * 365)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- watching ---------------------------------------------------------------
LOG_FORMAT: str = env.str("LOG_FORMAT", default="json" if PRODUCTION else "terminal")
if LOG_FORMAT not in FORMATS:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}; it must be {' or '.join(FORMATS)}.")
LOGGING = logging_settings(form=LOG_FORMAT, level=env.str("LOG_LEVEL", default="") or None)
# Behind a proxy of one's own its id is taken over, so that its log and ours can be laid together.
TRUST_REQUEST_ID: bool = ALLAUTH_TRUSTED_PROXY_COUNT > 0 or env.bool("BEHIND_PROXY", default=False)

METRICS_TOKEN: str = env.str("RADGAME_METRICS_TOKEN", default="")
WORKER_METRICS_PORT: int = env.int("RADGAME_WORKER_METRICS_PORT", default=0)


def _metrics_dir() -> str:
    """Where processes count together; must be known before the first metric is made."""
    folder: str = env.str("PROMETHEUS_MULTIPROC_DIR", default="")
    if WORKER_METRICS_PORT and not folder:
        # A worker's processes count for the one that is asked; no other program shares the port.
        folder = f"{tempfile.gettempdir()}/radgame-worker-{os.getuid()}-{WORKER_METRICS_PORT}"
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
    if folder:
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


METRICS_DIR = _metrics_dir()

# --- the API ----------------------------------------------------------------
# How often a person may ask in a minute, and change something; a guest a third as often.
API_PER_MINUTE: int = env.int("RADGAME_API_PER_MINUTE", default=300)
API_CHANGES_PER_MINUTE: int = env.int("RADGAME_API_CHANGES_PER_MINUTE", default=90)
# rest_framework and drf_spectacular are libraries here, without pages or tables of their own.
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "radgame.rest.schema.Described",
    "NUM_PROXIES": ALLAUTH_TRUSTED_PROXY_COUNT,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "RadGame",
    "VERSION": VERSION,
    "DESCRIPTION": (
        "Play cases, see feedback and progress, teach and follow cohorts, by the rules of the "
        "pages. How to get a token, an example, limits, what is on pages only: docs/api.md."
    ),
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Shapes are written out, one for what is sent and one for what is answered.
    "COMPONENT_SPLIT_PATCH": False,
    # As the addresses are listed.
    "SORT_OPERATIONS": False,
    "POSTPROCESSING_HOOKS": [],
}

# --- play -------------------------------------------------------------------
MAX_MARKS_PER_ATTEMPT = 100
# Of a reading, by section; told on the page, never cut.
MAX_FINDINGS_CHARACTERS = 6_000
MAX_IMPRESSION_CHARACTERS = 2_000
MAX_IMPORT_PIXELS = env.int("RADGAME_MAX_PIXELS", default=60_000_000)

# What a judge by model is told (scoring.reports.models); the judge by rules needs nothing.
# Who compares texts on the command line; the game itself is marked by rules, at once and offline.
JUDGE: str = env.str("RADGAME_JUDGE", default="rules")
JUDGE_URL: str = env.str("RADGAME_JUDGE_URL", default="")
JUDGE_MODEL: str = env.str("RADGAME_JUDGE_MODEL", default="")
JUDGE_KEY: str = env.str("RADGAME_JUDGE_KEY", default="")
JUDGE_REVISION: str = env.str("RADGAME_JUDGE_REVISION", default="")
JUDGE_TIMEOUT_S: float = env.float("RADGAME_JUDGE_TIMEOUT_S", default=120.0)
JUDGE_JSON_SCHEMA: bool = env.bool("RADGAME_JUDGE_JSON_SCHEMA", default=True)
# Who judges each reading once more, in the gpu queue, beside the rules; nobody when empty.
GAME_JUDGE: str = env.str("RADGAME_GAME_JUDGE", default="")

# Who explains misses and false marks (scoring.explanations); the atlas needs nothing.
EXPLAINER: str = env.str("RADGAME_EXPLAINER", default="atlas")
EXPLAINER_MODEL: str = env.str("RADGAME_EXPLAINER_MODEL", default="google/medgemma-4b-it")
EXPLAINER_REVISION: str = env.str("RADGAME_EXPLAINER_REVISION", default="")
EXPLAINER_URL: str = env.str("RADGAME_EXPLAINER_URL", default="")
EXPLAINER_KEY: str = env.str("RADGAME_EXPLAINER_KEY", default="")
EXPLAINER_TIMEOUT_S: float = env.float("RADGAME_EXPLAINER_TIMEOUT_S", default=60.0)
