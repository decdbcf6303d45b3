"""A move: one legal step of a record, declared as a row in a room's `states.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from app.core.errors import Conflict


@dataclass(frozen=True)
class Transition:
    """One row of the table of moves.

    From it come the route `POST /<room>/<id>/<name>`, the permission `can_<name>`, the button, the short form
    (fields named in `asks`), and the check that the record's state allows it.
    """

    name: str
    label: Any
    """What the button says: a verb, translated."""
    sources: tuple[str, ...] = ()
    """Codes of the states it starts from; empty: any."""
    target: str | None = None
    """Code of the state it leads to; None: the state stays, or the form says which."""
    fields: tuple[str, ...] = ()
    """Names of the fields its short form shows: columns of the record, or `extra_fields` of the view."""
    required: tuple[str, ...] = ()
    """Those of `asks` that must be filled."""
    column: str = "state"
    """The column that holds the state."""
    event: str | None = None
    """Code of the event that the verb writes."""
    confirm: Any = None
    """The question put before it is done without a form; None: no question."""
    tone: str = "default"
    """How the button looks: default, primary or danger."""
    also_requires: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Further columns and the codes one of which each must hold: a case steps back from one stage only."""
    possible_targets: tuple[str, ...] = ()
    """Codes of states that it leads to only in some cases, beside `target`."""
    prefill: Callable[[Any], Mapping[str, Any]] | None = None
    """What the short form shows at first; None: an empty form."""

    def is_allowed(self, item: Any) -> bool:
        """Whether the record stands in a state from which this move is legal."""
        return self._failed_precondition(item) is None

    def _failed_precondition(self, item: Any) -> Any:
        """The first state that does not allow it."""
        asked = {self.column: self.sources, **self.also_requires}
        states = ((getattr(item, column), codes) for column, codes in asked.items() if codes)
        return next((state for state, codes in states if state.name not in codes), None)

    def check_allowed(self, item: Any) -> None:
        """Raise `Conflict` when the state does not allow the move (any more)."""
        state = self._failed_precondition(item)
        if state is not None:
            raise Conflict(
                gettext(
                    "This is no longer possible: the record now says “%(state)s”.",
                    state=str(state.value),
                )
            )


def get_transition(transitions: tuple[Transition, ...], name: str) -> Transition:
    """The move of that name; a room's verb looks its own row up with it."""
    return next(move for move in transitions if move.name == name)
