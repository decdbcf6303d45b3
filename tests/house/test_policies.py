"""Row rules are in the policies of the rooms, one per model, and in no view."""

import inspect
from collections import Counter
from collections.abc import Iterator
from typing import Any

from flask import Flask

from app.admin.base import PortalView
from app.db.policy import Policy

RULES = ("visible_to", "can_edit", "can_transition", "shows_transition", "explain_refusal")


def _views(app: Flask) -> list[PortalView]:
    views = [view for view in app.appbuilder.baseviews if isinstance(view, PortalView)]  # type: ignore[attr-defined]
    assert len(views) > 10
    return views


def _policies() -> list[type[Policy[Any]]]:
    """Return the policies with a model; shared base classes have none."""
    policies = [policy for policy in _subclasses(Policy) if policy.__module__.startswith("app.")]
    assert len(policies) > 10
    return [policy for policy in policies if hasattr(policy, "model")]


def _subclasses(base: type[Any]) -> Iterator[type[Any]]:
    for subclass in base.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def test_every_view_declares_the_policy_of_its_model(shared_app: Flask) -> None:
    undeclared = [
        type(view).__name__
        for view in _views(shared_app)
        if not ("policy" in vars(type(view)) and type(view).policy.is_complete_for(type(view).datamodel.obj))
    ]
    assert undeclared == []


def test_no_view_has_a_row_rule_of_its_own(shared_app: Flask) -> None:
    own_rules = {
        f"{base.__name__}.{rule}"
        for view in _views(shared_app)
        for base in type(view).__mro__
        for rule in RULES
        if rule in vars(base)
    }
    assert own_rules == set()


def test_every_policy_defines_visible_to(shared_app: Flask) -> None:
    for policy in _policies():
        assert policy.is_complete_for(policy.model), policy.__name__
        base = next(base for base in policy.__mro__ if "visible_to" in vars(base))
        assert base is not Policy, policy.__name__


def test_rules_are_class_methods_with_the_parameters_of_the_base(shared_app: Flask) -> None:
    for policy in _subclasses(Policy):
        for rule in RULES:
            method = inspect.getattr_static(policy, rule)
            assert isinstance(method, classmethod), f"{policy.__name__}.{rule}"
            expected, actual = (inspect.signature(getattr(owner, rule)) for owner in (Policy, policy))
            assert len(actual.parameters) == len(expected.parameters), f"{policy.__name__}.{rule}"


def test_each_model_has_one_policy_in_the_policy_module_of_its_room(shared_app: Flask) -> None:
    assert {model: n for model, n in Counter(policy.model for policy in _policies()).items() if n > 1} == {}
    for policy in _policies():
        room = ".".join(policy.model.__module__.split(".")[:2])
        assert policy.__module__ == f"{room}.policy", policy.__name__
        assert policy.__name__ == f"{policy.model.__name__}Policy"
