"""Policy: which rows of a model a user may see and change, in addition to the permissions of the roles."""

from abc import ABC, abstractmethod
from inspect import isabstract
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, false, true

from app.core.actor import STAFF_ROLES, Actor, has_role

T = TypeVar("T")


class Policy(ABC, Generic[T]):
    """Row rules of one model, as class methods without state.

    A permission says what a role may do with every row of a table; the policy says with which rows. A rule
    that a policy does not override adds nothing to the permission; only `visible_to` has no default.
    """

    model: ClassVar[type[Any]]

    @classmethod
    def is_complete_for(cls, model: type[Any]) -> bool:
        """Return whether this is the policy of the model and defines `visible_to`."""
        return getattr(cls, "model", None) is model and not isabstract(cls)

    @classmethod
    @abstractmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Build the predicate of the rows that the user may see."""
        raise NotImplementedError

    @classmethod
    def can_edit(cls, item: T, user: Actor, /) -> bool:
        """Return whether the user may edit the record."""
        return True

    @classmethod
    def can_transition(cls, item: T, user: Actor, name: str, /) -> bool:
        """Return whether the user may run the named transition on the record."""
        return True

    @classmethod
    def shows_transition(cls, item: T, user: Actor, name: str, /) -> bool:
        """Return whether the button of an allowed transition is useful to the user."""
        return True

    @classmethod
    def explain_refusal(cls, item: T, user: Actor, /) -> Any | None:
        """Return the message if a row rule refuses a change; None: the standard page."""
        return None


class StaffPolicy(Policy[T]):
    """Base of the policies of models whose rows all staff see; only permissions restrict them."""

    @classmethod
    def visible_to(cls, user: Actor) -> ColumnElement[bool]:
        """Match all rows for staff, none for a user without a role."""
        return true() if has_role(user, *STAFF_ROLES) else false()
