"""Every setting, from the environment only. Nothing set means: one machine, SQLite, files as broker.

DATABASE_URL and REDIS_URL switch to PostgreSQL and Redis. Each threshold names its unit.
"""

import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from deploy import env

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("BAROMETER_DATA", str(BASE_DIR / "var"))).resolve()
DEBUG = env.flag("DEBUG", default=False)

# ---------------------------------------------------------------- addresses and secrets

PUBLIC_URL = env.url("PUBLIC_URL", "http://127.0.0.1:8000", ("http", "https")).rstrip("/")
_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = [_public.hostname or "127.0.0.1", *env.listing("ALLOWED_HOSTS")]
if _public.hostname in {"127.0.0.1", "localhost"}:
    ALLOWED_HOSTS += ["127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
# How many proxies of our own stand before the web process; further X-Forwarded-For entries are not believed.
TRUSTED_PROXY_COUNT = env.whole("TRUSTED_PROXY_COUNT", 0)

DATABASE_URL = env.url("DATABASE_URL", "", ("postgresql", "postgres", "sqlite"))
REDIS_URL = env.url("REDIS_URL", "", ("redis", "rediss"))


def _secret_key() -> str:
    """From the environment; embedded, one is made once and kept in the data folder."""
    if key := env.secret("SECRET_KEY"):
        if len(key) < 50 or len(set(key)) < 5:
            raise ImproperlyConfigured("SECRET_KEY must have at least 50 characters and be random")
        return key
    if DATABASE_URL:
        raise ImproperlyConfigured("SECRET_KEY (or SECRET_KEY_FILE) must be set where DATABASE_URL is")
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(64), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = _secret_key()
if DEBUG and (DATABASE_URL or _public.hostname not in {"127.0.0.1", "localhost"}):
    # Its error pages show code, settings and data to whoever causes an error.
    raise ImproperlyConfigured("DEBUG is for one's own machine: unset it, or DATABASE_URL and PUBLIC_URL")
if _public.scheme == "https":
    SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = env.whole("HSTS_SECONDS", 365 * 86_400)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 86_400  # seconds
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# ---------------------------------------------------------------- applications

INSTALLED_APPS = [
    "deploy",
    "indices",
    "surveys",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "surveys.middleware.PersonalLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "deploy.refusals.RefusalPages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
CSRF_FAILURE_VIEW = "deploy.refusals.csrf_failure"
ROOT_URLCONF = "deploy.urls"
WSGI_APPLICATION = "deploy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---------------------------------------------------------------- database


def _database() -> dict[str, Any]:
    if DATABASE_URL.startswith("postgres"):
        config: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
        # One pool a process; Django's persistent connections would hold one a thread besides.
        config["OPTIONS"] = {
            **config.get("OPTIONS", {}),
            "pool": {"min_size": 1, "max_size": 8, "timeout": 20},
        }
        return config
    path = DATABASE_URL.removeprefix("sqlite:///") or DATA_DIR / "barometer.sqlite3"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            # Without IMMEDIATE, two transactions that read before they write fail at once.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,  # seconds
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;",
        },
    }


DATABASES = {"default": _database()}

# ---------------------------------------------------------------- accounts

AUTH_USER_MODEL = "surveys.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "start"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_RESET_TIMEOUT = 2 * 3600  # seconds
MEMBER_INVITATION_DAYS = 7
ATTEMPTS_PER_ACCOUNT = 10  # failed sign-ins, or resets asked for, within ATTEMPT_WINDOW_MINUTES
ATTEMPTS_PER_ADDRESS = 50
ATTEMPT_WINDOW_MINUTES = 15

# ---------------------------------------------------------------- mail


def _mail() -> dict[str, Any]:
    """EMAIL_URL: smtp://user:password@host:port, smtps:// (TLS at once), console://; or nothing: files."""
    address = urlsplit(env.url("EMAIL_URL", "file:///mail", ("smtp", "smtps", "console", "file")))
    if address.scheme == "console":
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if address.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": DATA_DIR / "mail",
            "MAILS_LEAVE": False,
        }
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": address.hostname or "localhost",
        "EMAIL_PORT": address.port or (465 if address.scheme == "smtps" else 587),
        "EMAIL_HOST_USER": address.username or "",
        "EMAIL_HOST_PASSWORD": env.secret("EMAIL_PASSWORD") or address.password or "",
        "EMAIL_USE_SSL": address.scheme == "smtps",
        "EMAIL_USE_TLS": address.scheme == "smtp" and address.port not in {25, 1025},
        "EMAIL_TIMEOUT": 20,  # seconds
    }


MAILS_LEAVE = True  # mails reach people; kept as files they do not
globals().update(_mail())
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", f"barometer@{_public.hostname}")

# ---------------------------------------------------------------- reports on paper

FONT_DIR = env.text("FONT_DIR", "")  # a folder with fonts; without it, those of the system

# ---------------------------------------------------------------- language, time, static files

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---------------------------------------------------------------- answers and imports

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes of a form
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_000
ANSWER_KEY_DAYS = 30  # how long a started questionnaire may be finished
FAST_SECONDS_PER_ITEM = 2.0  # faster answers are flagged, not dropped (Huang et al. 2012)
IMPORT_MAX_BYTES = env.whole("IMPORT_MAX_BYTES", 50_000_000, least=1)
# SQLite has one writer: while a file is stored, submissions wait, at most 20 s.
IMPORT_MAX_ROWS = env.whole("IMPORT_MAX_ROWS", 1_000_000 if DATABASE_URL else 200_000, least=1)

# ---------------------------------------------------------------- runs

RUN_LEASE_SECONDS = env.whole("RUN_LEASE_SECONDS", 10, least=2)
RUN_REMIND_SECONDS = env.whole("RUN_REMIND_SECONDS", 5)  # how long a message may be under way
RUN_TIME_LIMIT_SECONDS = env.whole("RUN_TIME_LIMIT_SECONDS", 600, least=10)
RUN_MAX_ATTEMPTS = (
    3  # a run whose worker died this often is given up, so that it cannot bring down every worker
)
RUN_RESAMPLES = env.whole("RUN_RESAMPLES", 1_000, least=100)  # of the PLS estimate
SWEEP_SECONDS = env.whole("SWEEP_SECONDS", 3, least=1)
DUE_SECONDS = env.whole("DUE_SECONDS", 5, least=1)
AUDIT_DAYS = 20  # of each survey, whose sums are computed again every night

# ---------------------------------------------------------------- alerts and webhooks

ALERT_SECONDS = env.whole("ALERT_SECONDS", 20, least=1)  # how often new answers are looked at
# Posting to addresses of one's own network lets whoever may edit a survey reach what else stands there.
WEBHOOK_ALLOW_PRIVATE = env.flag("WEBHOOK_ALLOW_PRIVATE", default=False)
# ---------------------------------------------------------------- raw answers taken along

# Web and workers read and write the same folder: where they are not on one machine, it must be shared.
EXPORT_DIR = Path(env.text("EXPORT_DIR", str(DATA_DIR / "exports")))
EXPORT_HOURS = env.whole("EXPORT_HOURS", 24, least=1)  # how long a file is kept
EXPORT_LEASE_SECONDS = env.whole("EXPORT_LEASE_SECONDS", 60, least=2)
EXPORT_TIME_LIMIT_SECONDS = env.whole("EXPORT_TIME_LIMIT_SECONDS", 3_600, least=10)
EXPORT_MAX_ATTEMPTS = 3
COMMENTS_TIME_LIMIT_MS = 10_000  # a statement that looks through a survey's comments, on PostgreSQL
EXPORTS_AT_ONCE = env.whole("EXPORTS_AT_ONCE", 1, least=1)  # so that they never hold up every run

# ---------------------------------------------------------------- queue

CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_TRANSPORT = None if REDIS_URL else "deploy.file_queue:Transport"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {}
    if REDIS_URL
    else {
        "data_folder_in": str(DATA_DIR / "queue"),
        "data_folder_out": str(DATA_DIR / "queue"),
        "control_folder": str(DATA_DIR / "queue-control"),
        "store_processed": False,
        "polling_interval": 0.2,  # seconds
    }
)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True  # the run's own row is the result
CELERY_TASK_TIME_LIMIT = RUN_TIME_LIMIT_SECONDS + 30
CELERY_TASK_SOFT_TIME_LIMIT = RUN_TIME_LIMIT_SECONDS
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# A queue of its own, so that what goes out does not stand in line behind a hundred runs; the worker reads
# both in turn, and another one may be started that reads this one alone.
CELERY_TASK_ROUTES = {
    name: {"queue": "outgoing"}
    for name in (
        "surveys.send_alert_mails",
        "surveys.send_invitations",
        "surveys.send_webhooks",
        "indices.send_digests",
    )
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "indices.sweep", "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
    "sessions": {"task": "surveys.clear_sessions", "schedule": 86_400},
    "due": {"task": "indices.request_due", "schedule": DUE_SECONDS, "options": {"expires": DUE_SECONDS}},
    "fold": {"task": "surveys.fold_answers", "schedule": DUE_SECONDS, "options": {"expires": DUE_SECONDS}},
    "audit": {"task": "surveys.audit_answers", "schedule": crontab(hour="3", minute="17")},
    "forget": {"task": "surveys.forget_finished", "schedule": crontab(hour="3", minute="47")},
    "digests": {"task": "indices.send_digests", "schedule": 120, "options": {"expires": 120}},
    "exports": {
        "task": "surveys.sweep_exports",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
    "close": {"task": "surveys.close_periods", "schedule": 60, "options": {"expires": 60}},
    "alerts": {
        "task": "surveys.raise_alerts",
        "schedule": ALERT_SECONDS,
        "options": {"expires": ALERT_SECONDS},
    },
    "contacts": {"task": "surveys.drop_contact_drafts", "schedule": 86_400},
    "mailings": {
        "task": "surveys.prepare_invitations",
        "schedule": ALERT_SECONDS,
        "options": {"expires": ALERT_SECONDS},
    },
    "invitations": {
        "task": "surveys.send_invitations",
        "schedule": ALERT_SECONDS,
        "options": {"expires": ALERT_SECONDS},
    },
    "alert_mails": {
        "task": "surveys.send_alert_mails",
        "schedule": ALERT_SECONDS,
        "options": {"expires": ALERT_SECONDS},
    },
    "webhooks": {
        "task": "surveys.send_webhooks",
        "schedule": ALERT_SECONDS,
        "options": {"expires": ALERT_SECONDS},
    },
}
if not DATABASE_URL:  # there is never a demo elsewhere
    CELERY_BEAT_SCHEDULE["demo"] = {
        "task": "deploy.go_on_with_the_demo",
        "schedule": 10,
        "options": {"expires": 10},
    }

# ---------------------------------------------------------------- API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "surveys.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["surveys.api.bounds.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "surveys.api.bounds.Pages",
    "PAGE_SIZE": 100,
    "EXCEPTION_HANDLER": "surveys.api.problems.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Barometer",
    "DESCRIPTION": (BASE_DIR / "surveys" / "api" / "introduction.md")
    .read_text(encoding="utf-8")
    .replace("http://127.0.0.1:8000", PUBLIC_URL),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "LanguageEnum": "surveys.api.fields.LANGUAGES",
        "EstimatorEnum": "surveys.models.survey.Estimator",
        "SurveyStateEnum": "surveys.models.survey.SurveyState",
        "PeriodStateEnum": "surveys.models.survey.PeriodState",
        "ExportKindEnum": "surveys.models.export.ExportKind",
        "ExportStatusEnum": "surveys.models.export.ExportStatus",
        "ResponseStateEnum": "surveys.models.response.ResponseState",
        "QuestionnaireStateEnum": "surveys.api.questionnaires.STATES",
        "WantedStateEnum": "surveys.api.publishing.STATES",
    },
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
}

# ---------------------------------------------------------------- log

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
}
