"""Forms of the log-in and of the user's own account."""

from typing import Any

from flask_appbuilder.forms import DynamicForm
from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from app.admin.choice_fields import EnumSelectMultipleField
from app.admin.fields import LineField, PasswordField
from app.db.column_info import get_label
from app.security.enums import RoleName
from app.security.models import PortalUser
from app.security.rules.passwords import MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH


class RolesField(EnumSelectMultipleField):
    """Checkboxes for the roles of a user."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, enum_class=RoleName, **kwargs)

    def process_data(self, value: Any) -> None:
        """Accept `Role` rows as well as members of `RoleName`."""
        self.data = [RoleName[role.name] for role in value or ()]


class LoginForm(DynamicForm):
    """User name and password."""

    username = LineField(get_label(PortalUser, "username"), [DataRequired(), Length(max=64)])
    password = PasswordField(
        get_label(PortalUser, "password"), [InputRequired(), Length(max=MAX_PASSWORD_LENGTH)]
    )


class ProfileForm(DynamicForm):
    """The user's own name."""

    first_name = LineField(
        get_label(PortalUser, "first_name"),
        [DataRequired(), Length(max=64)],
        render_kw={"autocomplete": "name"},
    )


class PasswordForm(DynamicForm):
    """The user's own password: the present one, and the new one twice."""

    old_password = PasswordField(
        _l("Present password"),
        [InputRequired(), Length(max=MAX_PASSWORD_LENGTH)],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        _l("New password"),
        [InputRequired(), Length(max=MAX_PASSWORD_LENGTH)],
        description=_l(
            "At least %(n)s characters; four words are easy to keep in mind.", n=MIN_PASSWORD_LENGTH
        ),
        render_kw={"autocomplete": "new-password"},
    )
    conf_password = PasswordField(
        _l("New password again"),
        [
            InputRequired(),
            Length(max=MAX_PASSWORD_LENGTH),
            EqualTo("new_password", message=_l("The two new passwords differ.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
