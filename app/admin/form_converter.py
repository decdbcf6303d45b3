"""Form converter: builds the form field of a column from its type."""

from collections.abc import Callable
from typing import Any

from flask_appbuilder.forms import GeneralModelConverter
from sqlalchemy import Boolean, Date, Enum, Integer
from sqlalchemy.types import TypeEngine
from wtforms import Field, validators

from app.admin import choice_fields, fields
from app.db.types import MAX_PROSE_LENGTH, Instant, Phone, Prose, Rupiah, UploadedFile

FIELD_BY_COLUMN_TYPE: tuple[tuple[type[TypeEngine[Any]], type[Field]], ...] = (
    (UploadedFile, fields.UploadField),
    (Rupiah, fields.RupiahField),
    (Phone, fields.PhoneField),
    (Prose, fields.ProseField),
    (Instant, fields.InstantField),
    (Date, fields.DayField),
    (Boolean, fields.CheckboxField),
    (Integer, fields.WholeNumberField),
)
TEXT_FIELDS = (fields.LineField, fields.ProseField, fields.PhoneField, fields.DigitsField)


class PortalConverter(GeneralModelConverter):
    """FAB's converter with the portal's fields; adds validators for length and presence."""

    def _convert_simple(
        self,
        col_name: str,
        label: Any,
        description: Any,
        lst_validators: list[Any],
        form_props: dict[str, Field],
    ) -> dict[str, Field]:
        column = self.datamodel.list_columns[col_name]
        field_class, extra_kwargs = _choose_field_class(column)
        checks = [
            *lst_validators,
            *_build_length_validators(column.type, field_class),
            *_build_presence_validators(column, field_class),
        ]
        if column.default is not None and column.default.is_scalar:
            extra_kwargs["default"] = column.default.arg
        form_props[col_name] = field_class(label, description=description, validators=checks, **extra_kwargs)
        return form_props

    def _convert_many_to_one(
        self,
        col_name: str,
        label: Any,
        description: Any,
        lst_validators: list[Any],
        _rel: Any,
        form_props: dict[str, Field],
    ) -> dict[str, Field]:
        is_required = not self.datamodel.is_nullable(col_name)
        checks = [*lst_validators, validators.DataRequired() if is_required else validators.Optional()]
        model = self.datamodel.get_related_model(col_name)
        form_props[col_name] = choice_fields.RecordSelectField(
            label, description=description, validators=checks, model=model
        )
        return form_props

    def _convert_many_to_many(
        self,
        col_name: str,
        label: Any,
        description: Any,
        lst_validators: list[Any],
        _rel: Any,
        form_props: dict[str, Field],
    ) -> dict[str, Field]:
        model = self.datamodel.get_related_model(col_name)
        form_props[col_name] = choice_fields.RecordSelectMultipleField(
            label, description=description, validators=lst_validators, model=model
        )
        return form_props


def _choose_field_class(column: Any) -> tuple[Callable[..., Field], dict[str, Any]]:
    if isinstance(column.type, Enum):
        return choice_fields.EnumSelectField, {"enum_class": column.type.enum_class}
    if column.info.get("digits") or (column.info.get("masked") and not isinstance(column.type, Phone)):
        return fields.DigitsField, {}
    return next(
        (field for kind, field in FIELD_BY_COLUMN_TYPE if isinstance(column.type, kind)), fields.LineField
    ), {}


def _build_length_validators(column_type: TypeEngine[Any], field_class: Callable[..., Field]) -> list[Any]:
    if field_class not in TEXT_FIELDS:
        return []
    return [validators.Length(max=getattr(column_type, "length", None) or MAX_PROSE_LENGTH)]


def _build_presence_validators(column: Any, field_class: Callable[..., Field]) -> list[Any]:
    if field_class is fields.CheckboxField:
        return []
    if column.nullable:
        return [validators.Optional()]
    return [validators.InputRequired()] if field_class not in TEXT_FIELDS else [validators.DataRequired()]
