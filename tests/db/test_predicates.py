"""Conditions of who sees what are made once for an id and its roles, and for nothing else."""

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


def test_the_same_id_and_roles_have_the_same_condition() -> None:
    assert example_predicate(PolicyActor(1, frozenset({PEKSOS}), "Rina")) is example_predicate(
        PolicyActor(1, frozenset({PEKSOS}), "Rina")
    )


def test_another_role_or_another_id_has_another_condition() -> None:
    peksos = example_predicate(PolicyActor(1, frozenset({PEKSOS})))
    others = [
        PolicyActor(1, frozenset({ADMIN})),
        PolicyActor(1, frozenset()),
        PolicyActor(2, frozenset({PEKSOS})),
        SYSTEM,
    ]
    assert all(example_predicate(other) is not peksos for other in others)


def test_a_rule_reads_nothing_of_its_actor_that_could_change_between_two_requests() -> None:
    example_predicate(PolicyActor(3, frozenset({PEKSOS}), "Sari"))
    assert built_conditions[-1][0].full_name == ""


def test_ordered_scan_has_a_condition_of_its_own() -> None:
    gathered = example_predicate(PolicyActor(1, frozenset({PEKSOS})))
    with ordered_scan(Client.name):
        assert example_predicate(PolicyActor(1, frozenset({PEKSOS}))) is not gathered


def test_system_actor_is_passed_through_unchanged() -> None:
    example_predicate(SYSTEM)
    assert any(user is SYSTEM for user, _condition in built_conditions)
