"""Start the portal: prepare its database where needed, then serve it."""

import gc

if __name__ == "__main__":
    gc.disable()  # what is imported now lives to the end: looking for garbage takes a fifth of the start

import errno
import logging
import select
import signal
import socket
import sys

import click
import waitress

import config
from app.audit.services.heads import HeadSaver
from app.cli import demo_accounts
from app.cli.errors import report_errors
from app.cli.portal import build_app, prepare_database
from app.core.errors import StartupError

THREADS = 8
BACKLOG = 1024
HAS_POLL = hasattr(select, "poll")
MAX_CONNECTIONS = 800 if HAS_POLL else 400
"""Open connections, also of those who never end their request; without poll(), Windows watches 512."""
IDLE_TIMEOUT_SECONDS = 60
"""Seconds without a byte after which a connection is closed; a weak signal stays away for a while."""
MAX_HEADER_BYTES = 32 * 1024
"""Bytes before the body: address, cookies and the rest."""


@click.command()
@click.option(
    "--demo", is_flag=True, help="Serve invented people and their stories, from a database of their own."
)
def main(demo: bool) -> None:
    """Serve the portal on SIAGA_HOST and SIAGA_PORT."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with report_errors():
        start(config.load(demo=demo))


def start(settings: config.Settings) -> None:
    """Take the port first: who cannot be served need not wait for the database."""
    with bind_listener(settings.host, settings.port) as listener:
        app = build_app(settings)
        lines = prepare_database(app)
        if settings.demo:
            with app.app_context():
                lines += demo_accounts.prepare_demo_accounts(app)
        for line in lines:
            click.echo(line)
        HeadSaver(app).start()
        gc.freeze()
        gc.set_threshold(20_000)  # a page drops thousands of objects: to look every 700 took its twentieth
        gc.enable()
        listener.listen(BACKLOG)  # from now on a visitor waits instead of being turned away
        signal.signal(signal.SIGTERM, _stop)
        click.echo(f"Siaga serves {settings.url} (stop it with Ctrl+C).")
        waitress.serve(
            app,
            sockets=[listener],
            threads=THREADS,
            backlog=BACKLOG,
            ident=None,
            connection_limit=MAX_CONNECTIONS,
            asyncore_use_poll=HAS_POLL,
            channel_timeout=IDLE_TIMEOUT_SECONDS,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=64 * config.MEGABYTE,
            **build_proxy_options(settings),
        )


def _stop(_signal: int, _frame: object) -> None:
    """Stop in an orderly way, so that what still waits to be written is written."""
    sys.exit()


def bind_listener(host: str, port: int) -> socket.socket:
    """Take the port, or say who is in the way."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows would share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            raise StartupError(
                f"Port {port} on {host} is in use; stop that program, or name another port in SIAGA_PORT."
            ) from problem
        raise StartupError(
            f"The portal cannot listen on {host}, port {port} ({problem.strerror}); "
            "correct SIAGA_HOST and SIAGA_PORT."
        ) from problem
    return listener


def build_proxy_options(settings: config.Settings) -> dict[str, object]:
    """HTTPS ends at a proxy before us: that one, and nobody else, says who the visitor is."""
    if not settings.https:
        return {}
    return {
        "trusted_proxy": settings.proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }


if __name__ == "__main__":
    main()
