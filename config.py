"""Settings: read and validated; a typed object, and Flask's configuration made from it.

They come from the environment, else from the lines of `siaga.env` in the instance folder, which server and
commands read alike; the demo reads the environment only. Imports nothing of the portal. An invalid setting
raises `SettingError` with a message of one sentence.
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024
SETTINGS_FILE = "siaga.env"
SETTING_NAMES = (
    *("SIAGA_DATABASE_URL", "SIAGA_SECRET_KEY", "SIAGA_BOOK_KEY", "SIAGA_HOST", "SIAGA_PORT"),
    *("SIAGA_PUBLIC_URL", "SIAGA_PROXY", "SIAGA_UPLOAD_DIR", "SIAGA_RATELIMIT_URL"),
)
"""Names that the settings file may contain. It is in the instance folder, so it cannot name that."""
MIN_KEY_LENGTH = 16


class SettingError(Exception):
    """A setting is invalid; the message says in one sentence which and what it should be (exit code 2)."""


@dataclass(frozen=True)
class Settings:
    """Settings that the administrator of the machine can change by environment variables."""

    instance: Path
    """The instance folder: database file, keys, uploads, demo log-ins."""
    database: URL
    secret_key: str = field(repr=False)
    book_key: str = field(repr=False)
    """The key that seals the two books; the same on all machines of an office, and never in a backup."""
    upload_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    """Address of the portal for browsers, if it is not made of `host` and `port`."""
    proxy: str = "127.0.0.1"
    """IP address of the TLS proxy whose X-Forwarded headers are trusted (only with an https public URL)."""
    ratelimit_url: str = "memory://"
    demo: bool = False
    demo_password: str | None = field(default=None, repr=False)
    now: datetime | None = None
    testing: bool = False

    @property
    def https(self) -> bool:
        """Whether users reach the portal by HTTPS: cookies are then secure, and plain HTTP is redirected."""
        return bool(self.public_url and self.public_url.startswith("https://"))

    @property
    def url(self) -> str:
        """Base URL of the portal, for absolute links."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def demo_logins(self) -> Path:
        """Path of the file with the demo's log-in lines."""
        return self.instance / "demo-logins.txt"


def load(environ: Mapping[str, str] | None = None, *, demo: bool = False) -> Settings:
    """Read the settings, treating a blank one as absent; raise `SettingError`.

    The environment takes precedence over the settings file. Creates the folders and key files that are
    missing, and sets the umask of the process.
    """
    os.umask(0o077)  # every start of the portal comes here: only the owner may read the files it writes
    given = {name: text.strip() for name, text in (os.environ if environ is None else environ).items()}
    env = {name: text for name, text in given.items() if text}
    instance = _prepare_folder("SIAGA_INSTANCE_DIR", Path(env.get("SIAGA_INSTANCE_DIR") or ROOT / "instance"))
    if not demo:
        env = _read_settings_file(instance / SETTINGS_FILE) | env
    testing = env.get("SIAGA_TESTING") == "1"
    name, uploads = ("demo", "demo-uploads") if demo else ("siaga", "uploads")
    return Settings(
        instance=instance,
        database=_parse_database_url(env.get("SIAGA_DATABASE_URL", ""), instance / f"{name}.sqlite"),
        secret_key=_read_secret_key("SIAGA_SECRET_KEY", env, instance / "secret_key"),
        book_key=_read_secret_key("SIAGA_BOOK_KEY", env, instance / "book_key"),
        upload_dir=_prepare_folder(
            "SIAGA_UPLOAD_DIR", Path(env.get("SIAGA_UPLOAD_DIR") or instance / uploads)
        ),
        host=env.get("SIAGA_HOST") or "127.0.0.1",
        port=_parse_port(env.get("SIAGA_PORT") or "8080"),
        public_url=_parse_public_url(env.get("SIAGA_PUBLIC_URL", "")),
        proxy=_parse_proxy(env.get("SIAGA_PROXY") or "127.0.0.1"),
        ratelimit_url=_parse_ratelimit_url(env.get("SIAGA_RATELIMIT_URL") or "memory://"),
        demo=demo,
        demo_password=env.get("SIAGA_DEMO_PASSWORD") or None,
        now=_parse_now(env.get("SIAGA_NOW", ""), allowed=demo or testing),
        testing=testing,
    )


def _read_settings_file(file: Path) -> dict[str, str]:
    """Read the lines NAME=VALUE of the settings file; raise `SettingError` for a line that is none."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The settings file {file} cannot be read ({error}); correct it.") from error
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    wrong = next((name for name, value in values.items() if name not in SETTING_NAMES or value is None), None)
    if wrong is not None:
        raise SettingError(
            f"{file} has a line {wrong!r} that is no setting; write NAME=VALUE with a name of the README."
        )
    return {name: value.strip() for name, value in values.items() if value}


def _prepare_folder(name: str, path: Path) -> Path:
    """Create the folder if it is missing, and check that it is writable."""
    path = path.expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise SettingError(
            f"The folder {path} cannot be written ({error.strerror}); "
            f"make it writable or name another one in {name}."
        ) from error
    return path


def _parse_database_url(text: str, default: Path) -> URL:
    if not text:
        return URL.create("sqlite", database=str(default))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise SettingError(
            "SIAGA_DATABASE_URL is not a database URL; write sqlite:///FILE or postgresql://…"
        ) from error
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return url.set(database=str(Path(url.database).expanduser().absolute()))
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise SettingError("SIAGA_DATABASE_URL must name an SQLite file or a PostgreSQL database.")


def _read_secret_key(name: str, env: Mapping[str, str], file: Path) -> str:
    text = env.get(name, "")
    if text:
        if len(text) < MIN_KEY_LENGTH:
            raise SettingError(f"{name} is too short; give 32 random characters, or leave it away.")
        return text
    if not file.exists():
        _write_once(file, secrets.token_urlsafe(48))
    try:
        text = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(
            f"The key file {file} cannot be read ({error.strerror}); fix its owner or set {name}."
        ) from error
    if len(text) < MIN_KEY_LENGTH:
        raise SettingError(
            f"The key file {file} is empty or cut off; put your copy of the key back. Without a copy, delete"
            " the file: a new key is made, users log in again and links to partners end."
        )
    return text


def _write_once(file: Path, text: str) -> None:
    """Create a file with mode 0600 atomically: of several processes that start at once, one creates it."""
    descriptor, temporary_path = tempfile.mkstemp(dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
        os.link(temporary_path, file)
    except FileExistsError:
        pass  # another process was faster
    except OSError:  # no hard links on this file system
        Path(temporary_path).replace(file)
    finally:
        Path(temporary_path).unlink(missing_ok=True)


def _parse_port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise SettingError(f"SIAGA_PORT is {text!r}; it must be a number from 1 to 65535.")


def _parse_public_url(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    has_no_path = parts.path in ("", "/") and not parts.query
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_no_path:
        raise SettingError(
            f"SIAGA_PUBLIC_URL is {text!r}; it must look like https://siaga.example.go.id, without a path."
        )
    return text.rstrip("/")


def _parse_proxy(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise SettingError(f"SIAGA_PROXY is {text!r}; it must be the IP address of the proxy.") from error


def _parse_ratelimit_url(text: str) -> str:
    if urlsplit(text).scheme in ("memory", "redis", "rediss", "memcached"):
        return text
    raise SettingError("SIAGA_RATELIMIT_URL must begin with memory://, redis://, rediss:// or memcached://.")


def _parse_now(text: str, *, allowed: bool) -> datetime | None:
    if not text:
        return None
    if not allowed:
        raise SettingError("SIAGA_NOW is only for the demo and for tests; take it away or start with --demo.")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(_NOW_ERROR_FORMAT.format(text)) from error
    if instant.tzinfo is None:
        raise SettingError(_NOW_ERROR_FORMAT.format(text))
    return instant


_NOW_ERROR_FORMAT = (
    "SIAGA_NOW is {!r}; it must be an instant with its offset, such as 2026-11-24T09:00:00+08:00."
)


def build_flask_config(settings: Settings) -> dict[str, Any]:
    """Return the configuration of Flask, FAB and the extensions made from the settings."""
    return {
        "APP_NAME": "Siaga",
        "SECRET_KEY": settings.secret_key,
        "BOOK_KEY": settings.book_key,
        "TESTING": settings.testing,
        "DEMO": settings.demo,
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": _build_engine_options(settings.database),
        "UPLOAD_FOLDER": str(settings.upload_dir),
        # Far more than a file or a text may have, so that one too large is refused at its field and the
        # other input is kept.
        "MAX_CONTENT_LENGTH": 25 * MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": 4 * MEGABYTE,
        "SESSION_COOKIE_NAME": "__Host-siaga" if settings.https else "siaga",
        "DEVICE_COOKIE_NAME": "__Host-siaga-device" if settings.https else "siaga-device",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A form left open over night must still be saved: the token lives as long as the session.
        "WTF_CSRF_TIME_LIMIT": None,
        "RATELIMIT_ENABLED": True,
        "RATELIMIT_STORAGE_URI": settings.ratelimit_url,
        "BABEL_DEFAULT_LOCALE": "id",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Makassar",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "LANGUAGES": {
            "id": {"flag": "id", "name": "Bahasa Indonesia"},
            "en": {"flag": "gb", "name": "English"},
        },
        **FAB_CONFIG,
    }


FAB_CONFIG: dict[str, Any] = {
    "AUTH_TYPE": 1,  # AUTH_DB: users are in our own table
    "AUTH_USER_REGISTRATION": False,
    # Web processes never create tables or permissions: `siaga init` does.
    "FAB_CREATE_DB": False,
    "FAB_UPDATE_PERMS": False,
    "FAB_INDEX_VIEW": "app.dashboard.views.TodayView",
    "FAB_ADD_SECURITY_API": False,
    "FAB_ADD_MENU_API": False,
    "FAB_ADD_OPENAPI_VIEWS": False,
}


def _build_engine_options(database: URL) -> dict[str, Any]:
    # pool_pre_ping replaces a connection that the server closed. hide_parameters keeps user input out of the
    # log of a failed statement. query_cache_size bounds the compiled statements: searches and filtered lists
    # have many forms, and each takes about 50 kB.
    is_sqlite = database.get_backend_name() == "sqlite"
    return {"hide_parameters": True, "pool_pre_ping": not is_sqlite, "query_cache_size": 300}
