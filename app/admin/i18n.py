"""Translations of templates and forms from the portal's own catalogue."""

from typing import Any

from flask import Flask, request
from flask_babel import Domain, get_translations
from markupsafe import Markup

from app.core import formats


def install_i18n(app: Flask) -> None:
    """Let pages speak by shorter ways than the framework's, which must be there already."""
    app.extensions["babel"].instance.domain_instance = TRANSLATION_DOMAIN
    app.jinja_env.globals["_"] = translate


class CachedDomain(Domain):
    """The messages of the portal: the framework asks a language for its name at every word."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: dict[str | None, Any] = {}

    def get_translations(self) -> Any:
        """Give the words of this request's language."""
        language = formats.get_language()
        if language not in self._loaded:
            self._loaded[language] = super().get_translations()
        return self._loaded[language]


TRANSLATION_DOMAIN = CachedDomain()


def set_wtforms_translations() -> None:
    """Let WTForms speak from our catalogue: it has no Indonesian; Flask-WTF caches by this name."""
    request.wtforms_translations = get_translations()  # type: ignore[attr-defined]


def translate(text: str, **values: Any) -> Markup:
    """Jinja's `_`: a sentence of a template in the user's language, made safe with what it tells of."""
    words = Markup(TRANSLATION_DOMAIN.get_translations().ugettext(text))
    return words % values if values or "%" in words else words
