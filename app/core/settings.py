"""The running portal's own folder and settings, for modules that know no web."""

from pathlib import Path
from typing import Any

from flask import current_app


def get_instance_folder() -> Path:
    """Return the folder of what is not code: keys, heads, the SQLite file."""
    return Path(current_app.instance_path)


def get_setting(name: str, default: Any = None) -> Any:
    """Return a setting of the running application."""
    return current_app.config.get(name, default)
