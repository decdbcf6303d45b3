from collections.abc import Iterator

import pytest
from flask import Flask

import app
from app.clients.policy import visibility_restrictions
from app.core.registry import Registry, RegistryError


@pytest.fixture(autouse=True)
def restore_registries() -> Iterator[None]:
    """Remove the registries that a test created from the list of all registries."""
    before = list(Registry._all)
    yield
    Registry._all[:] = before


def test_open_registry_refuses_to_be_read() -> None:
    registry = Registry[str]("words")
    registry.register("one")
    with pytest.raises(RegistryError, match="words: read before"):
        list(registry)
    with pytest.raises(RegistryError):
        registry.find(bool)


def test_entries_keep_their_order_and_count_once() -> None:
    registry = Registry[str]("words")
    registry.register("two", "one", "two")
    registry.close()
    registry.register("one")
    assert list(registry) == ["two", "one"]
    assert registry.find(lambda word: word.startswith("o")) == "one"
    assert registry.find(lambda word: word == "three") is None


def test_closed_registry_refuses_new_entries() -> None:
    registry = Registry[str]("words")
    registry.close()
    with pytest.raises(RegistryError, match="closed"):
        registry.register("late")
    assert list(registry) == []


def test_two_entries_with_one_key_are_refused() -> None:
    registry = Registry[str]("words", key=lambda word: word[0])
    registry.register("one", "two", "one")
    with pytest.raises(RegistryError, match="words: t is registered already"):
        registry.register("three")
    registry.close()
    assert (registry.get("o"), registry.get("x")) == ("one", None)


def test_required_registry_is_not_closed_empty() -> None:
    registry = Registry[str]("words", required=True)
    with pytest.raises(RegistryError, match="words: nothing is registered"):
        registry.close()


def test_two_applications_register_once(shared_app: Flask) -> None:
    before = {registry.name: list(registry) for registry in Registry._all}
    app.create_app(shared_app.extensions["siaga_settings"])
    assert {registry.name: list(registry) for registry in Registry._all} == before
    assert len(list(visibility_restrictions)) == 1


def test_portal_does_not_start_without_the_predicate_that_hides_clients(
    shared_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility_restrictions, "_entries", [])
    monkeypatch.setattr(visibility_restrictions, "register", lambda *entries: None)
    with pytest.raises(RegistryError, match="predicates that hide a client"):
        app.create_app(shared_app.extensions["siaga_settings"])
