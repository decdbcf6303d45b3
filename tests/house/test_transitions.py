"""Every declared move can be made, and every state can be reached."""

import enum
from typing import Any

from flask import Flask

from app.admin.base import PortalView
from app.core.transitions import Transition
from app.security.rules.roles import ROLE_PERMISSIONS


def _list_transitions(app: Flask) -> list[tuple[PortalView, Transition]]:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    moves = [(view, move) for view in views for move in view.transitions]
    assert moves
    return moves


def test_every_transition_has_a_service_a_permission_a_label_and_a_role(shared_app: Flask) -> None:
    for view, move in _list_transitions(shared_app):
        name = f"{type(view).__name__}.{move.name}"
        assert callable(view.transition_services.get(move.name)), f"{name} has no verb"
        assert f"can_{move.name}" in view.base_permissions, f"{name} has no permission"
        assert str(move.label), f"{name} has no label"
        pair = (type(view).__name__, f"can_{move.name}")
        assert any(pair in pairs for pairs in ROLE_PERMISSIONS.values()), f"nobody may {name}"


def test_every_required_field_of_a_transition_is_in_its_form(shared_app: Flask) -> None:
    assert [
        move.name
        for _view, move in _list_transitions(shared_app)
        if not set(move.required) <= set(move.fields)
    ] == []


def test_transition_form_requires_the_required_fields(shared_app: Flask) -> None:
    with shared_app.test_request_context():
        blank = [
            f"{type(view).__name__}.{move.name}: {name}"
            for view, move in _list_transitions(shared_app)
            for name in move.required
            if not view.transition_forms[move.name](formdata=None)[name].flags.required
        ]
    assert blank == []


def test_every_granted_transition_exists(shared_app: Flask) -> None:
    ordinary = {"can_list", "can_show", "can_download", "can_add", "can_edit"}
    moves = {(type(view).__name__, f"can_{move.name}") for view, move in _list_transitions(shared_app)}
    rights = {pair for pairs in ROLE_PERMISSIONS.values() for pair in pairs if pair[1] not in ordinary}
    assert rights - moves == set()


def test_every_stored_state_can_be_reached(shared_app: Flask) -> None:
    for view in {view for view, _move in _list_transitions(shared_app)}:
        for column, codes, start in _stored_states(view):
            moves = [move for move in view.transitions if move.column == column]
            missing = codes - _reachable_states(moves, start)
            assert missing == set(), type(view).__name__
            used = {
                code
                for move in moves
                for code in (*move.sources, move.target, *move.possible_targets)
                if code
            }
            assert used <= codes, f"{type(view).__name__} moves between states that do not exist"


def _stored_states(view: PortalView) -> list[tuple[str, set[str], str]]:
    found = []
    for name in {move.column for move in view.transitions}:
        column: Any = view.datamodel.obj.__table__.c.get(name)
        kind = getattr(column.type, "enum_class", None) if column is not None else None
        if kind is not None and issubclass(kind, enum.Enum):
            found.append((name, set(kind.__members__), column.default.arg.name))
    return found


def _reachable_states(moves: list[Transition], start: str) -> set[str]:
    reached = {start}
    while True:
        more = {
            code
            for move in moves
            for code in (move.target, *move.possible_targets)
            if code and (not move.sources or reached & set(move.sources))
        }
        if more <= reached:
            return reached
        reached |= more


def test_fieldsets_of_a_transition_contain_all_its_fields(shared_app: Flask) -> None:
    for view in shared_app.extensions["portal_views"].values():
        asks = {move.name: sorted(move.fields) for move in view.transitions}
        for name, groups in view.transition_fieldsets.items():
            assert sorted(field for _title, group in groups for field in group["fields"]) == asks[name]
