"""The Django site as a WSGI application that counts its SQL statements per response."""

import os
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections

from tests.benchmarks.statement_counter import StatementCounter


def application(username: str, password: str) -> Any:
    """Create tables and superuser if they are missing; return the application."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.django_site.settings"
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib.auth.models import User  # models can be imported after setup only

    if not User.objects.filter(username=username).exists():
        User.objects.create_superuser(username, f"{username}@lk3.example", password)
    counter = StatementCounter()
    site = get_wsgi_application()

    def note(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        counter.count(statement)
        return execute(statement, *rest)

    def counted(environ: dict[str, Any], start_response: Any) -> Any:
        for alias in settings.DATABASES:
            if note not in connections[alias].execute_wrappers:  # each thread has its own connections
                connections[alias].execute_wrappers.append(note)
        return site(environ, start_response)

    return counter.wrap(counted)
