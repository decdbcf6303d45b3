"""Translations of templates and forms from the portal's own catalogue."""

from typing import Any

from flask import Flask, request
from flask_babel import Domain, get_translations
from markupsafe import Markup

from app.core import formats


def install_i18n(app: Flask) -> None:
    """Install cached translations in Flask-Babel, which must be initialised, and in Jinja's `_`."""
    app.extensions["babel"].instance.domain_instance = TRANSLATION_DOMAIN
    app.jinja_env.globals["_"] = translate


class CachedDomain(Domain):
    """Domain that caches its catalogues: Flask-Babel looks the language up for every message."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: dict[str | None, Any] = {}

    def get_translations(self) -> Any:
        """Return the catalogue of this request's language."""
        language = formats.get_language()
        if language not in self._loaded:
            self._loaded[language] = super().get_translations()
        return self._loaded[language]


TRANSLATION_DOMAIN = CachedDomain()


def set_wtforms_translations() -> None:
    """Give WTForms our catalogue: its own has no Indonesian. Flask-WTF caches under this name."""
    request.wtforms_translations = get_translations()  # type: ignore[attr-defined]


def translate(text: str, **values: Any) -> Markup:
    """Translate a text of a template (Jinja's `_`) and escape the inserted values."""
    message = Markup(TRANSLATION_DOMAIN.get_translations().ugettext(text))
    return message % values if values or "%" in message else message
