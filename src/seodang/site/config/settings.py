"""Django's settings, made from `env`; nothing here reads the environment by itself."""

from __future__ import annotations

from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from seodang.site.config import env

ENV = env.read()
SITE_FOLDER = Path(__file__).resolve().parent.parent

SECRET_KEY = env.secret_key(ENV.storage)
DEBUG = ENV.debug
ALLOWED_HOSTS = list(ENV.hosts)
CSRF_TRUSTED_ORIGINS = [ENV.url] if ENV.url else []

INSTALLED_APPS = [
    "django.contrib.auth",  # before accounts, whose administration pages replace some of its own
    "seodang.site.config",
    "seodang.site.web",
    "seodang.site.accounts",
    "seodang.site.courses",
    "seodang.site.jobs",
    "seodang.site.ladders",
    "seodang.site.competitions",
    "seodang.site.labs",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "csp",
    "ninja",
    "django.contrib.admin",
    "django.contrib.contenttypes",
    "django.forms",  # its widget templates, for web.forms.Renderer
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "servestatic",
    "django.contrib.staticfiles",
]
if ENV.demo:
    INSTALLED_APPS.insert(INSTALLED_APPS.index("allauth"), "seodang.site.demo")

MIDDLEWARE = [
    "seodang.site.config.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "seodang.site.accounts.middleware.EmptySite",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "seodang.site.config.urls"
ASGI_APPLICATION = "seodang.site.config.asgi.application"
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
                "seodang.site.web.context.site",
            ],
            "builtins": ["seodang.site.web.templatetags.web"],
        },
    },
]
if ENV.demo:
    TEMPLATES[0]["OPTIONS"]["context_processors"].append("seodang.site.demo.context.bar")
FORM_RENDERER = "seodang.site.web.forms.Renderer"

# --- data --------------------------------------------------------------------------------------------------

DATABASES = {"default": dj_database_url.parse(ENV.database_url)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock where a transaction begins, so that two writers queue instead of failing
    # half-way; WAL lets readers go on meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; "
            "PRAGMA cache_size=-16000;"
        ),
    }
    # Django's backend, with writers that stand in line: SQLite alone lets the web processes starve the workers.
    DATABASES["default"]["ENGINE"] = "seodang.site.config.sqlite3"
    # A file, so that tests with threads and worker processes meet the locks that a real site has.
    DATABASES["default"]["TEST"] = {"NAME": str(ENV.storage / "test.sqlite3")}
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
# The lanes of `config.lanes` are few threads that live long; each keeps its connection.
DATABASES["default"]["CONN_MAX_AGE"] = 300
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": ENV.storage / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "seodang.site.web.assets.HashedAddresses"},
}
UPLOAD_BYTES = ENV.upload_bytes
SANDBOX = ENV.sandbox
LADDER_SECONDS = ENV.ladder_seconds
LADDER_CLIMBS = ENV.ladder_climbs
LADDER_BYTES = ENV.ladder_bytes
LIVE_STREAMS_PER_PROCESS = ENV.live_streams
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # form fields; files go to disk
DATA_UPLOAD_MAX_NUMBER_FILES = 300  # more than a competition may have, so that its own sentence refuses them
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6000  # a class list ticks up to 5000 people
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_URL = "/static/"
SERVESTATIC_USE_FINDERS = True
SERVESTATIC_AUTOREFRESH = DEBUG
# Addresses carry the content's hash (web.assets), so a day of caching never shows an old file.
SERVESTATIC_MAX_AGE = 0 if DEBUG else 86400

# --- people ------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "courses:home"
ACCOUNT_ADAPTER = "seodang.site.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "seodang.site.accounts.forms.SignupForm"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "courses:home"
# Without a mail server nobody could confirm an address, so only a site that can send asks for it.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if ENV.email_url else "optional"
ACCOUNT_USER_DISPLAY = "seodang.site.accounts.models.display_name"
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Seodang] "
# A class signs up and logs in from one room, behind one address; guessing one account's password stays as slow.
ACCOUNT_RATE_LIMITS = {
    "signup": "200/m/ip",
    "login": "300/m/ip",
    "login_failed": "60/m/ip,5/300s/key",
}
SOCIALACCOUNT_ADAPTER = "seodang.site.accounts.adapter.SocialAccountAdapter"
# A link, not a form: browsers hold a form's redirects to `form-action 'self'`, and the service is elsewhere.
SOCIALACCOUNT_LOGIN_ON_GET = True
# An address that the service has confirmed opens the account that has it, and stays connected.
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Seodang"
SOCIALACCOUNT_PROVIDERS = {}
if ENV.oidc_issuer:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": "sso",
                "name": ENV.oidc_name,
                "client_id": ENV.oidc_client_id,
                "secret": ENV.oidc_client_secret,
                "settings": {"server_url": ENV.oidc_issuer},
            }
        ],
        "EMAIL_AUTHENTICATION": True,
    }

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if ENV.email_url:
    import urllib.parse

    _mail = urllib.parse.urlsplit(ENV.email_url)
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or "localhost"
    EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 587)
    EMAIL_HOST_USER = urllib.parse.unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = urllib.parse.unquote(_mail.password or "")
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
DEFAULT_FROM_EMAIL = ENV.email_from

# --- words -------------------------------------------------------------------------------------------------

LANGUAGE_CODE = ENV.language
LANGUAGES = [("en", "English"), ("ko", "한국어")]
TIME_ZONE = ENV.time_zone
USE_TZ = True
USE_I18N = True

# --- the wall around pages ---------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    },
}
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "seodang.site.web.views.csrf_failure"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.is_https
if ENV.is_https:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30

# --- logs --------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "seodang.site.config.logs.PlainFormatter"},
        "json": {"()": "seodang.site.config.logs.JsonFormatter"},
    },
    "filters": {"request_id": {"()": "seodang.site.config.logs.RequestId"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": ENV.log_format, "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "seodang": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "uvicorn.error": {"level": "WARNING"},
    },
}
if ENV.log_format not in LOGGING["formatters"]:
    LOGGING["handlers"]["stderr"]["formatter"] = "plain"  # `checks` names the wrong value

SILENCED_SYSTEM_CHECKS: list[str] = []
