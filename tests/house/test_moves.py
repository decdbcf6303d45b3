"""Every declared move can be made, and every state can be reached."""

import enum
from typing import Any

from flask import Flask

from app.core.moves import Move
from app.core.views import PortalView
from app.security.roles import GRANTED


def _moving(app: Flask) -> list[tuple[PortalView, Move]]:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    moves = [(view, move) for view in views for move in view.moves]
    assert moves
    return moves


def test_every_move_has_a_verb_a_permission_a_label_and_somebody_who_may(built: Flask) -> None:
    for view, move in _moving(built):
        name = f"{type(view).__name__}.{move.name}"
        assert callable(view.move_verbs.get(move.name)), f"{name} has no verb"
        assert f"can_{move.name}" in view.base_permissions, f"{name} has no permission"
        assert str(move.label), f"{name} has no label"
        pair = (type(view).__name__, f"can_{move.name}")
        assert any(pair in pairs for pairs in GRANTED.values()), f"nobody may {name}"


def test_every_field_that_a_move_needs_is_asked(built: Flask) -> None:
    assert [move.name for _view, move in _moving(built) if not set(move.needs) <= set(move.asks)] == []


def test_the_form_of_a_move_requires_what_the_move_needs(built: Flask) -> None:
    with built.test_request_context():
        blank = [
            f"{type(view).__name__}.{move.name}: {name}"
            for view, move in _moving(built)
            for name in move.needs
            if not view.move_forms[move.name](formdata=None)[name].flags.required
        ]
    assert blank == []


def test_every_right_to_move_is_a_move(built: Flask) -> None:
    ordinary = {"can_list", "can_show", "can_download", "can_add", "can_edit"}
    moves = {(type(view).__name__, f"can_{move.name}") for view, move in _moving(built)}
    rights = {pair for pairs in GRANTED.values() for pair in pairs if pair[1] not in ordinary}
    assert rights - moves == set()


def test_every_stored_state_has_a_way_in(built: Flask) -> None:
    for view in {view for view, _move in _moving(built)}:
        for column, codes, start in _stored_states(view):
            moves = [move for move in view.moves if move.column == column]
            missing = codes - _reachable(moves, start)
            assert missing == set(), type(view).__name__
            used = {code for move in moves for code in (*move.sources, move.target, *move.at_times) if code}
            assert used <= codes, f"{type(view).__name__} moves between states that do not exist"


def _stored_states(view: PortalView) -> list[tuple[str, set[str], str]]:
    found = []
    for name in {move.column for move in view.moves}:
        column: Any = view.datamodel.obj.__table__.c.get(name)
        kind = getattr(column.type, "enum_class", None) if column is not None else None
        if kind is not None and issubclass(kind, enum.Enum):
            found.append((name, set(kind.__members__), column.default.arg.name))
    return found


def _reachable(moves: list[Move], start: str) -> set[str]:
    reached = {start}
    while True:
        more = {
            code
            for move in moves
            for code in (move.target, *move.at_times)
            if code and (not move.sources or reached & set(move.sources))
        }
        if more <= reached:
            return reached
        reached |= more


def test_the_groups_of_a_form_hold_what_its_move_asks(built: Flask) -> None:
    for view in built.extensions["portal_views"].values():
        asks = {move.name: sorted(move.asks) for move in view.moves}
        for name, groups in view.move_fieldsets.items():
            assert sorted(field for _title, group in groups for field in group["fields"]) == asks[name]
