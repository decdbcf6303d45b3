"""The application served by waitress on a free port, for tests with a browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress.server import create_server


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve the application in a thread; yield its base URL."""
    server = create_server(app, host="127.0.0.1", port=0, threads=4, clear_untrusted_proxy_headers=True)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown()
        server.pull_trigger()
        server.trigger.pull_trigger(server.close)  # runs in the server's thread
        thread.join(timeout=10)
        assert not thread.is_alive()
