"""Conditions of who sees what are made once for an id and its roles, and for nothing else."""

from sqlalchemy import ColumnElement, literal

from app.clients.models import Client
from app.core.actor import ADMIN, PEKSOS, SYSTEM, Actor
from app.core.asking import walking
from app.core.sight import Asker, made_once

made: list[tuple[Actor, ColumnElement[bool]]] = []


@made_once
def seen(user: Actor) -> ColumnElement[bool]:
    made.append((user, literal(user.actor_id) == 1))
    return made[-1][1]


def test_the_same_id_and_roles_have_the_same_condition() -> None:
    assert seen(Asker(1, frozenset({PEKSOS}), "Rina")) is seen(Asker(1, frozenset({PEKSOS}), "Rina"))


def test_another_role_or_another_id_has_another_condition() -> None:
    peksos = seen(Asker(1, frozenset({PEKSOS})))
    others = [Asker(1, frozenset({ADMIN})), Asker(1, frozenset()), Asker(2, frozenset({PEKSOS})), SYSTEM]
    assert all(seen(other) is not peksos for other in others)


def test_a_rule_reads_nothing_of_its_actor_that_could_change_between_two_requests() -> None:
    seen(Asker(3, frozenset({PEKSOS}), "Sari"))
    assert made[-1][0].full_name == ""


def test_a_list_that_is_walked_may_ask_otherwise() -> None:
    gathered = seen(Asker(1, frozenset({PEKSOS})))
    with walking(Client.name):
        assert seen(Asker(1, frozenset({PEKSOS}))) is not gathered


def test_the_portal_itself_stays_itself() -> None:
    seen(SYSTEM)
    assert any(user is SYSTEM for user, _condition in made)
