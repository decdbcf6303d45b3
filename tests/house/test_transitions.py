"""Every declared transition can be run, and every state can be reached."""

import enum
from typing import Any

from flask import Flask

from app.admin.base import PortalView
from app.core.transitions import Transition
from app.security.rules.roles import ROLE_PERMISSIONS


def _list_transitions(app: Flask) -> list[tuple[PortalView, Transition]]:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    transitions = [(view, transition) for view in views for transition in view.transitions]
    assert transitions
    return transitions


def test_every_transition_has_a_service_a_permission_a_label_and_a_role(shared_app: Flask) -> None:
    for view, transition in _list_transitions(shared_app):
        name = f"{type(view).__name__}.{transition.name}"
        assert callable(view.transition_services.get(transition.name)), f"{name} has no service"
        assert f"can_{transition.name}" in view.base_permissions, f"{name} has no permission"
        assert str(transition.label), f"{name} has no label"
        pair = (type(view).__name__, f"can_{transition.name}")
        assert any(pair in pairs for pairs in ROLE_PERMISSIONS.values()), f"no role may run {name}"


def test_every_required_field_of_a_transition_is_in_its_form(shared_app: Flask) -> None:
    assert [
        transition.name
        for _view, transition in _list_transitions(shared_app)
        if not set(transition.required) <= set(transition.fields)
    ] == []


def test_transition_form_requires_the_required_fields(shared_app: Flask) -> None:
    with shared_app.test_request_context():
        optional = [
            f"{type(view).__name__}.{transition.name}: {name}"
            for view, transition in _list_transitions(shared_app)
            for name in transition.required
            if not view.transition_forms[transition.name](formdata=None)[name].flags.required
        ]
    assert optional == []


def test_every_granted_transition_exists(shared_app: Flask) -> None:
    ordinary = {"can_list", "can_show", "can_download", "can_add", "can_edit"}
    transitions = {
        (type(view).__name__, f"can_{transition.name}") for view, transition in _list_transitions(shared_app)
    }
    granted = {pair for pairs in ROLE_PERMISSIONS.values() for pair in pairs if pair[1] not in ordinary}
    assert granted - transitions == set()


def test_every_stored_state_can_be_reached(shared_app: Flask) -> None:
    for view in {view for view, _transition in _list_transitions(shared_app)}:
        for column, codes, start in _stored_states(view):
            transitions = [transition for transition in view.transitions if transition.column == column]
            missing = codes - _reachable_states(transitions, start)
            assert missing == set(), type(view).__name__
            used = {
                code
                for transition in transitions
                for code in (*transition.sources, transition.target, *transition.possible_targets)
                if code
            }
            assert used <= codes, f"{type(view).__name__} moves between states that do not exist"


def _stored_states(view: PortalView) -> list[tuple[str, set[str], str]]:
    found = []
    for name in {transition.column for transition in view.transitions}:
        column: Any = view.datamodel.obj.__table__.c.get(name)
        kind = getattr(column.type, "enum_class", None) if column is not None else None
        if kind is not None and issubclass(kind, enum.Enum):
            found.append((name, set(kind.__members__), column.default.arg.name))
    return found


def _reachable_states(transitions: list[Transition], start: str) -> set[str]:
    reached = {start}
    while True:
        more = {
            code
            for transition in transitions
            for code in (transition.target, *transition.possible_targets)
            if code and (not transition.sources or reached & set(transition.sources))
        }
        if more <= reached:
            return reached
        reached |= more


def test_fieldsets_of_a_transition_contain_all_its_fields(shared_app: Flask) -> None:
    for view in shared_app.extensions["portal_views"].values():
        fields_by_transition = {transition.name: sorted(transition.fields) for transition in view.transitions}
        for name, groups in view.transition_fieldsets.items():
            assert (
                sorted(field for _title, group in groups for field in group["fields"])
                == fields_by_transition[name]
            )
