"""Cached visibility conditions: one per user id and roles."""

from sqlalchemy import ColumnElement, literal

from app.clients.models.client import Client
from app.core.actor import ADMIN, PEKSOS, SYSTEM, Actor
from app.db.predicates import PolicyActor, cache_predicate
from app.db.query_hints import ordered_scan

built_conditions: list[tuple[Actor, ColumnElement[bool]]] = []


@cache_predicate
def example_predicate(user: Actor) -> ColumnElement[bool]:
    built_conditions.append((user, literal(user.actor_id) == 1))
    return built_conditions[-1][1]


def test_same_id_and_roles_share_a_condition() -> None:
    assert example_predicate(PolicyActor(1, frozenset({PEKSOS}), "Rina")) is example_predicate(
        PolicyActor(1, frozenset({PEKSOS}), "Rina")
    )


def test_another_role_or_id_has_another_condition() -> None:
    peksos = example_predicate(PolicyActor(1, frozenset({PEKSOS})))
    others = [
        PolicyActor(1, frozenset({ADMIN})),
        PolicyActor(1, frozenset()),
        PolicyActor(2, frozenset({PEKSOS})),
        SYSTEM,
    ]
    assert all(example_predicate(other) is not peksos for other in others)


def test_cached_predicate_gets_id_and_roles_only() -> None:
    example_predicate(PolicyActor(3, frozenset({PEKSOS}), "Sari"))
    assert built_conditions[-1][0].full_name == ""


def test_ordered_scan_has_its_own_condition() -> None:
    condition = example_predicate(PolicyActor(1, frozenset({PEKSOS})))
    with ordered_scan(Client.name):
        assert example_predicate(PolicyActor(1, frozenset({PEKSOS}))) is not condition


def test_system_actor_is_passed_through_unchanged() -> None:
    example_predicate(SYSTEM)
    assert any(user is SYSTEM for user, _condition in built_conditions)
