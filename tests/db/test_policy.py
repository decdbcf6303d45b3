"""Base classes of policies: without `visible_to` no row is visible; other rules allow by default."""

import pytest
from sqlalchemy import ColumnElement, false, literal, true

from app.clients.models.client import Client, Household
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR, Actor
from app.db.policy import Policy, StaffPolicy
from app.db.predicates import PolicyActor, cache_class_predicate

RINA = PolicyActor(1, frozenset({PEKSOS}))


class ExampleBase(Policy[Client]):
    @classmethod
    @cache_class_predicate
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        return literal(cls.__name__) == literal(user.actor_id)


class FirstPolicy(ExampleBase):
    model = Client


class SecondPolicy(ExampleBase):
    model = Household


def test_policy_without_visible_to_is_incomplete_and_shows_nothing() -> None:
    class OpenPolicy(Policy[Client]):
        model = Client

    assert not OpenPolicy.is_complete_for(Client)
    with pytest.raises(NotImplementedError):
        OpenPolicy.visible_to(RINA)


def test_policy_is_complete_for_its_own_model_only() -> None:
    assert FirstPolicy.is_complete_for(Client)
    assert not FirstPolicy.is_complete_for(Household)
    assert not ExampleBase.is_complete_for(Client)


def test_policy_adds_nothing_to_the_permission_by_default() -> None:
    client = Client()
    assert FirstPolicy.can_edit(client, RINA)
    assert FirstPolicy.can_transition(client, RINA, "archive")
    assert FirstPolicy.shows_transition(client, RINA, "archive")
    assert FirstPolicy.explain_refusal(client, RINA) is None


@pytest.mark.parametrize("role", [ADMIN, PEKSOS, SUPERVISOR])
def test_staff_policy_shows_all_rows_to_each_role(role: str) -> None:
    assert StaffPolicy.visible_to(PolicyActor(1, frozenset({role}))) is true()


def test_staff_policy_shows_nothing_without_a_role() -> None:
    assert StaffPolicy.visible_to(PolicyActor(1, frozenset())) is false()


def test_subclasses_cache_their_own_conditions() -> None:
    assert FirstPolicy.visible_to(RINA) is FirstPolicy.visible_to(RINA)
    assert FirstPolicy.visible_to(RINA) is not SecondPolicy.visible_to(RINA)
    assert FirstPolicy.visible_to(RINA) is not FirstPolicy.visible_to(PolicyActor(2, frozenset({PEKSOS})))
