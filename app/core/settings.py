"""Access to the application's instance folder and settings, for modules that must not import Flask."""

from pathlib import Path
from typing import Any

from flask import current_app


def get_instance_folder() -> Path:
    """Return the instance folder: key files, saved heads of the audit book, the SQLite file."""
    return Path(current_app.instance_path)


def get_setting(name: str, default: Any = None) -> Any:
    """Return a setting of the current application, or `default` if it is not set."""
    return current_app.config.get(name, default)
