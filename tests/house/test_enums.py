"""Stored codes and their labels."""

import enum
import keyword
import pkgutil
from collections import Counter
from collections.abc import Iterator
from importlib import import_module

import pytest
from flask import Flask
from flask_babel import LazyString, force_locale

import app as portal_package


def _find_enums() -> Iterator[type[enum.Enum]]:
    for module in pkgutil.walk_packages(portal_package.__path__, "app."):
        if "migrations" in module.name:
            continue
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, enum.Enum) and value.__module__ == module.name:
                yield value


ENUMS = list(_find_enums())
each_enum = pytest.mark.parametrize("choice", ENUMS, ids=lambda choice: choice.__name__)


def test_enums_are_found() -> None:
    assert len(ENUMS) > 20


@each_enum
def test_code_is_not_a_python_keyword(choice: type[enum.Enum]) -> None:
    assert [code for code in choice.__members__ if keyword.iskeyword(code) or code in ("name", "value")] == []


@each_enum
@pytest.mark.parametrize("language", ["id", "en"])
def test_no_two_codes_share_a_label(shared_app: Flask, choice: type[enum.Enum], language: str) -> None:
    with shared_app.test_request_context(), force_locale(language):
        labels = Counter(str(member.value) for member in choice)
    assert len(labels) == len(choice.__members__), f"an alias, or a label used twice: {labels.most_common(2)}"


@each_enum
def test_labels_are_lazy_strings(choice: type[enum.Enum]) -> None:
    assert [member for member in choice if not isinstance(member.value, LazyString)] == []
