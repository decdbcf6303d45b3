"""Router between the office's database and the site's own."""

from typing import Any


class OfficeRouter:
    """Reads the portal's tables from the office's database and never migrates them."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return "office" if model._meta.app_label == "office" else "default"

    db_for_write = db_for_read

    def allow_relation(self, *_models: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == "default" and app_label != "office"
