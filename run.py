"""Start the portal: prepare its database if needed, then serve it with waitress."""

import gc

if __name__ == "__main__":
    gc.disable()  # imported objects live until the end; collecting garbage takes a fifth of the start

import errno
import logging
import select
import signal
import socket
import sys

import click
import waitress

import config
from app.audit.services.heads import HeadSaver, get_database_address
from app.cli import demo_accounts
from app.cli.errors import report_errors
from app.cli.portal import build_app, prepare_database
from app.core.errors import StartupError

THREADS = 8
BACKLOG = 1024
HAS_POLL = hasattr(select, "poll")
MAX_CONNECTIONS = 800 if HAS_POLL else 400
"""Limit of open connections, including unfinished requests; Windows has no poll() and select() takes 512."""
IDLE_TIMEOUT_SECONDS = 60
"""Seconds without a byte after which a connection is closed; long enough for a weak mobile signal."""
MAX_HEADER_BYTES = 32 * 1024
"""Bytes before the body: request line and headers with cookies."""


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
    """Bind the port, prepare the database, serve until the process is stopped."""
    # The port first: if it is in use, the administrator should not wait for the database.
    with bind_listener(settings.host, settings.port) as listener:
        app = build_app(settings)
        click.echo(f"Database: {get_database_address(settings.database)}")
        lines = prepare_database(app)
        if settings.demo:
            with app.app_context():
                lines += demo_accounts.prepare_demo_accounts(app)
        for line in lines:
            click.echo(line)
        HeadSaver(app).start()
        gc.freeze()
        # A page frees thousands of objects: with the default of 700, collecting took a twentieth of its time.
        gc.set_threshold(20_000)
        gc.enable()
        listener.listen(BACKLOG)  # from now on connections wait instead of being refused
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
    """Exit in an orderly way on SIGTERM, so that the write queue is flushed."""
    sys.exit()


def bind_listener(host: str, port: int) -> socket.socket:
    """Return a bound socket; raise `StartupError` if the port is in use or the address is invalid."""
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        if not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows would share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartupError(
                f"Port {port} on {host} is in use; stop that program, or name another port in SIAGA_PORT."
            ) from error
        raise StartupError(
            f"The portal cannot listen on {host}, port {port} ({error.strerror}); "
            "correct SIAGA_HOST and SIAGA_PORT."
        ) from error
    return listener


def build_proxy_options(settings: config.Settings) -> dict[str, object]:
    """Return waitress's proxy options: with HTTPS, only the configured TLS proxy sets the client address."""
    if not settings.https:
        return {}
    return {
        "trusted_proxy": settings.proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }


if __name__ == "__main__":
    main()
