"""Which database a model of the Django site is in."""

from typing import Any


class OfficeRouter:
    """The office's tables are the portal's: read there, never migrated."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "office" if model._meta.app_label == "office" else "default"

    db_for_write = db_for_read

    def allow_relation(self, *_models: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == "default" and app_label != "office"
