"""Label, hint and markers of a column, relationship or computed value, declared once on the model."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])


def column_info(
    label: Any = None,
    *,
    hint: Any = None,
    personal: bool = False,
    masked: bool = False,
    internal: bool = False,
    **markers: Any,
) -> dict[str, Any]:
    """Return the `info` of a column or relationship; pages, forms and the audit book read it.

    `label`: its name on every page. `hint`: the text below its form field.
    `personal`: the audit book stores that it changed, no values; of an update of `FORMER_VALUE_TABLES`
    (`audit/services/changes.py`) also the values, for readers of the record.
    `masked`: a personal number of which lists show only the last four characters; it is personal too.
    `internal`: set by services only; a view that names it in a form does not start.
    """
    values = {
        "label": label,
        "hint": hint,
        "personal": personal or masked,
        "masked": masked,
        "internal": internal,
        **markers,
    }
    # Compared by identity: comparing a lazy text with a value translates it.
    return {name: value for name, value in values.items() if value is not None and value is not False}


def labelled(label: Any, *, hint: Any = None) -> Callable[[AnyFunction], AnyFunction]:
    """Return a decorator that labels a computed value; it stands below `@property` or `@hybrid_property`."""

    def set_info(function: AnyFunction) -> AnyFunction:
        function.info = column_info(label, hint=hint)  # type: ignore[attr-defined]
        return function

    return set_info


def get_info(model: type[Any], name: str) -> Mapping[str, Any]:
    """Return the `info` of an attribute of the model; empty if it has none."""
    attribute = inspect.getattr_static(model, name, None)
    function = getattr(attribute, "fget", None) or getattr(attribute, "func", None)
    info: Mapping[str, Any] = getattr(function or attribute, "info", {})
    return info


def get_label(model: type[Any], name: str) -> Any:
    """Return the label of an attribute, or None. `__labels__` of the model overrides what it inherits."""
    return _find_text(model, name, "__labels__", "label")


def get_hint(model: type[Any], name: str) -> Any:
    """Return the hint of an attribute, or None. `__hints__` of the model overrides what it inherits."""
    return _find_text(model, name, "__hints__", "hint")


def _find_text(model: type[Any], name: str, mapping_name: str, key: str) -> Any:
    for base in model.__mro__:
        overrides = vars(base).get(mapping_name, {})
        if name in overrides:
            return overrides[name]
    return get_info(model, name).get(key)
