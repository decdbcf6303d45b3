"""Transitions: the legal changes of a record's state, declared in the `transitions` module of a package."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from app.core.errors import Conflict


@dataclass(frozen=True)
class Transition:
    """One transition of a record.

    It defines the route `POST /<package>/<id>/<name>`, the permission `can_<name>`, the button, the short
    form (with the fields named in `fields`), and the check that the record's state allows it.
    """

    name: str
    label: Any
    """Label of the button: a translated verb."""
    sources: tuple[str, ...] = ()
    """Codes of the states from which it is allowed; empty: any state."""
    target: str | None = None
    """Code of the resulting state; None: the state is unchanged, or the form chooses it."""
    fields: tuple[str, ...] = ()
    """Names of the fields of its short form: columns of the record, or `extra_fields` of the view."""
    required: tuple[str, ...] = ()
    """Names from `fields` that must be filled."""
    column: str = "state"
    """Name of the column that holds the state."""
    event: Any = None
    """The `EventType` that the service records; None: no case event."""
    confirm: Any = None
    """Confirmation question of a transition without a form; None: no question."""
    tone: str = "default"
    """Style of the button: default, primary or danger."""
    also_requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Further column -> codes, one of which it must hold: a case steps back from one stage only."""
    possible_targets: tuple[str, ...] = ()
    """Codes of further states that may result, besides `target`."""
    prefill: Callable[[Any], Mapping[str, Any]] | None = None
    """Returns the initial values of the short form for a record; None: an empty form."""

    def is_allowed(self, item: Any) -> bool:
        """Return whether the record's state allows this transition."""
        return self._failed_precondition(item) is None

    def _failed_precondition(self, item: Any) -> Any:
        """Return the first column value that forbids the transition, or None."""
        allowed_codes = {self.column: self.sources, **self.also_requires}
        states = ((getattr(item, column), codes) for column, codes in allowed_codes.items() if codes)
        return next((state for state, codes in states if state.name not in codes), None)

    def check_allowed(self, item: Any) -> None:
        """Raise `Conflict` if the record's state does not allow the transition (any more)."""
        state = self._failed_precondition(item)
        if state is not None:
            raise Conflict(
                gettext(
                    "This is no longer possible: the record now says “%(state)s”.",
                    state=str(state.value),
                )
            )


def get_transition(transitions: tuple[Transition, ...], name: str) -> Transition:
    """Return the transition of that name; services look up their own transition with it."""
    return next(transition for transition in transitions if transition.name == name)
