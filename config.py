"""The settings: read from the environment, checked, handed on as a typed object and as Flask's configuration.

Imports nothing of the portal. Every setting that is broken is told in one sentence (`SettingError`).
"""

import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024


class SettingError(Exception):
    """A setting is broken; the message says in one sentence which one and what it should be (exit code 2)."""


@dataclass(frozen=True)
class Settings:
    """Everything that an administrator of the machine decides."""

    instance: Path
    """The folder of what is not code: database file, key, uploads, demo log-ins."""
    database: URL
    secret_key: str = field(repr=False)
    book_key: str = field(repr=False)
    """Seals the two books; one for all machines of an office, and in no backup."""
    upload_dir: Path
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str | None = None
    """Where the users' browsers find the portal, when that is not `host` and `port`."""
    proxy: str = "127.0.0.1"
    """The address of the TLS proxy whose X-Forwarded headers are believed (only with an https public URL)."""
    ratelimit_url: str = "memory://"
    demo: bool = False
    demo_password: str | None = field(default=None, repr=False)
    now: datetime | None = None
    testing: bool = False

    @property
    def https(self) -> bool:
        """Whether users reach the portal by HTTPS: cookies are then secure and plain HTTP is redirected."""
        return bool(self.public_url and self.public_url.startswith("https://"))

    @property
    def url(self) -> str:
        """Where the portal is found, for links that leave the page."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def demo_logins(self) -> Path:
        """The file that keeps the demo's log-in lines."""
        return self.instance / "demo-logins.txt"


def load(environ: Mapping[str, str] | None = None, *, demo: bool = False) -> Settings:
    """Read the settings; blank is the same as absent."""
    os.umask(0o077)  # every start of the portal comes by here: what it writes is its owner's alone
    env = {name: text.strip() for name, text in (os.environ if environ is None else environ).items()}
    testing = env.get("SIAGA_TESTING") == "1"
    instance = _prepare_folder("SIAGA_INSTANCE_DIR", Path(env.get("SIAGA_INSTANCE_DIR") or ROOT / "instance"))
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


def _prepare_folder(name: str, path: Path) -> Path:
    """Make the folder where it is missing, and make sure that it can be written."""
    path = path.expanduser().absolute()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as problem:
        raise SettingError(
            f"The folder {path} cannot be written ({problem.strerror}); "
            f"make it writable or name another one in {name}."
        ) from problem
    return path


def _parse_database_url(text: str, default: Path) -> URL:
    if not text:
        return URL.create("sqlite", database=str(default))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as problem:
        raise SettingError(
            "SIAGA_DATABASE_URL is not a database URL; write sqlite:///FILE or postgresql://…"
        ) from problem
    kind = url.get_backend_name()
    if kind == "sqlite" and url.database and url.database != ":memory:":
        return url.set(database=str(Path(url.database).expanduser().absolute()))
    if kind in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise SettingError("SIAGA_DATABASE_URL must name an SQLite file or a PostgreSQL database.")


def _read_secret_key(name: str, env: Mapping[str, str], file: Path) -> str:
    text = env.get(name, "")
    if text:
        if len(text) < 16:
            raise SettingError(f"{name} is too short; give 32 random characters, or leave it away.")
        return text
    if not file.exists():
        _write_once(file, secrets.token_urlsafe(48))
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as problem:
        raise SettingError(
            f"The key file {file} cannot be read ({problem.strerror}); fix its owner or set {name}."
        ) from problem


def _write_once(file: Path, text: str) -> None:
    """Of several processes that start at once, one makes the file, whole and for its owner only."""
    descriptor, made = tempfile.mkstemp(dir=file.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
        os.link(made, file)
    except FileExistsError:
        pass  # another process was faster
    except OSError:  # no hard links on this file system
        Path(made).replace(file)
    finally:
        Path(made).unlink(missing_ok=True)


def _parse_port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise SettingError(f"SIAGA_PORT is {text!r}; it must be a number from 1 to 65535.")


def _parse_public_url(text: str) -> str | None:
    if not text:
        return None
    parts = urlsplit(text)
    plain = parts.path in ("", "/") and not parts.query
    if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
        raise SettingError(
            f"SIAGA_PUBLIC_URL is {text!r}; it must look like https://siaga.example.go.id, without a path."
        )
    return text.rstrip("/")


def _parse_proxy(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as problem:
        raise SettingError(f"SIAGA_PROXY is {text!r}; it must be the IP address of the proxy.") from problem


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
    except ValueError as problem:
        raise SettingError(_NOW_ERROR_FORMAT.format(text)) from problem
    if instant.tzinfo is None:
        raise SettingError(_NOW_ERROR_FORMAT.format(text))
    return instant


_NOW_ERROR_FORMAT = (
    "SIAGA_NOW is {!r}; it must be an instant with its offset, such as 2026-11-24T09:00:00+08:00."
)


def build_flask_config(settings: Settings) -> dict[str, Any]:
    """Translate the settings into what Flask, FAB and the extensions read."""
    return {
        "APP_NAME": "Siaga",
        "SECRET_KEY": settings.secret_key,
        "BOOK_KEY": settings.book_key,
        "TESTING": settings.testing,
        "SQLALCHEMY_DATABASE_URI": settings.database,
        "SQLALCHEMY_ENGINE_OPTIONS": _build_engine_options(settings.database),
        "UPLOAD_FOLDER": str(settings.upload_dir),
        # Far more than a file or a text may have: what is too large is refused beside its field, all kept.
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
    "AUTH_TYPE": 1,  # our own table of users
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
    # Replace a connection that the server closed; keep what was typed out of the log of a failed statement;
    # bound the compiled statements: searches and filtered lists have many shapes, and each takes some 50 kB.
    sqlite = database.get_backend_name() == "sqlite"
    return {"hide_parameters": True, "pool_pre_ping": not sqlite, "query_cache_size": 300}
