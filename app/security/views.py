"""Views of log-in and log-out, the user's own account and sessions, and the administrator's page of users."""

from typing import Any, ClassVar, NamedTuple

from flask import abort, current_app, flash, g, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.baseviews import BaseFormView, BaseView
from flask_appbuilder.security.views import AuthDBView
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.admin.base import PortalView
from app.admin.drafts import discard_draft, find_draft, list_form_fields
from app.admin.form_page import FieldGroup
from app.admin.interface import PortalInterface
from app.admin.permissions import check_permission, get_local_path
from app.admin.saving import FormProblem
from app.core.errors import PortalError
from app.core.signals import record_accessed
from app.db.transaction import transaction
from app.security import authentication, web_session
from app.security.forms import LoginForm, PasswordForm, ProfileForm, RolesField
from app.security.models import PortalUser, UserSession
from app.security.policy import PortalUserPolicy, UserSessionPolicy
from app.security.services import sessions, users
from app.security.transitions import SESSION_TRANSITIONS, USER_TRANSITIONS


class AuthView(AuthDBView):
    title = _l("Log in")

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Response | str:
        """Show the log-in form; after the right password begin a session."""
        target = request.args.get("next")
        if current_user.is_authenticated:
            return web_session.redirect_inside_portal(target)
        form = LoginForm()
        if form.validate_on_submit():
            user = authentication.authenticate(str(form.username.data), str(form.password.data))
            if user is not None:
                return web_session.begin_session(user, target)
            flash(str(g.login_refusal), "danger")
        return str(self.render_template(self.login_template, title=self.title, form=form))

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """End the session. POST only: otherwise any foreign page could log users out."""
        if current_user.is_authenticated:
            record_accessed.send(self, action="logout", entity="ab_user", entity_id=current_user.actor_id)
        web_session.log_out()
        return redirect(url_for("AuthView.login"))


class LanguageView(BaseView):
    route_base = ""
    default_view = "choose"

    @expose("/language", methods=["POST"])
    def choose(self) -> Response:
        """Store the language in the session, and with the user for the next log-in."""
        language = request.form.get("language", "")
        if language not in current_app.config["LANGUAGES"]:
            abort(400)
        session["locale"] = language
        if current_user.is_authenticated:
            with transaction(by=current_user):
                users.set_language(current_user, language, by=current_user)
        return redirect(get_local_path(request.referrer) or "/")


class Message(NamedTuple):
    """Text and category for `flash`."""

    text: str
    category: str = "success"


class AccountFormView(BaseFormView):
    """Base class of forms about the user's own account; every role may open them."""

    default_view = "page"
    method_permission_name: ClassVar[dict[str, str]] = {}
    """FAB's: the permission that `page` requires; without an entry every user may open it."""

    def check_form(self, form: Any) -> None:
        """Raise `PortalError` before the transaction begins; what this itself writes is kept."""

    def form_post(self, form: Any) -> list[Message] | None:
        """Save the form; return the messages to flash after the commit, or None for *Saved*."""
        raise NotImplementedError

    @expose("/", methods=["GET", "POST"])
    def page(self) -> Response | str:
        """Show the form, or check and save it."""
        if "page" in self.method_permission_name:
            check_permission(self, self.method_permission_name["page"])
        form = self.form()
        if form.validate_on_submit():
            try:
                self.check_form(form)
                with transaction(by=current_user):
                    messages = self.form_post(form)
                    discard_draft(current_user.actor_id, request.path)
                for message in messages or [Message(_("Saved."))]:
                    flash(*message)
                return redirect(url_for(f"{self.endpoint}.page"))
            except PortalError as error:
                field = form[error.field]
                field.errors = [*field.errors, error.message]
        elif request.method == "GET" and not self._load_draft(form):
            self.form_get(form)
        visible_fields = [field for field in form if field.name != "csrf_token"]
        errors = [
            FormProblem(field.errors[0], field.id, field.label.text)
            for field in visible_fields
            if field.errors
        ]
        widget = self.edit_widget(
            form=form, groups=[FieldGroup(None, visible_fields)], errors=errors, cancel_url="/"
        )
        return str(
            self.render_template(
                self.form_template, title=self.form_title, widgets={"edit": widget}, crumbs=[]
            )
        )

    def _load_draft(self, form: Any) -> bool:
        """Fill in what was typed before the session expired."""
        draft = find_draft(current_user.actor_id, request.path) if "draft" in request.args else None
        if draft is None or not draft.fields:
            return False
        form.process(MultiDict(list_form_fields(draft)))
        flash(_("Here is what you had typed and not saved."), "info")
        return True


class ProfileView(AccountFormView):
    route_base = "/profile"
    form = ProfileForm
    form_title = _l("My profile")

    def form_get(self, form: ProfileForm) -> None:
        """Fill in the present name."""
        form.first_name.data = current_user.full_name

    def form_post(self, form: ProfileForm) -> None:
        """Save the name."""
        users.update_profile(current_user, {"first_name": form.first_name.data}, by=current_user)


class PasswordView(AccountFormView):
    route_base = "/password"
    form = PasswordForm
    form_title = _l("Change password")

    def form_get(self, _form: PasswordForm) -> None:
        """Explain why a user with a temporary password was redirected here."""
        if current_user.must_change_password:
            flash(_("Please choose a password of your own before you go on."), "warning")

    def check_form(self, form: PasswordForm) -> None:
        """Check the present password; too many wrong ones end this session and lock its origin."""
        refusal = authentication.confirm_password(current_user, str(form.old_password.data))
        if refusal is not None:
            web_session.refuse_password(refusal, "old_password")

    def form_post(self, form: PasswordForm) -> None:
        """Change the password and end all other sessions of the user."""
        users.change_own_password(
            current_user,
            str(form.old_password.data),
            str(form.new_password.data),
            by=current_user,
            session_id=g.session_id,
        )


def _format_temporary_password(user: PortalUser) -> str | None:
    """Return the message with the temporary password generated by this request, or None."""
    if not user.temporary_password:
        return None
    params = {"name": user.username, "password": user.temporary_password}
    return str(
        _("Temporary password of %(name)s: %(password)s. Hand it over now: it is not shown again.", **params)
    )


class UserView(PortalView[PortalUser]):
    datamodel = PortalInterface(PortalUser, eager=("roles",))
    policy = PortalUserPolicy
    route_base = "/users"
    list_title = _l("Users")
    show_title = _l("User")
    add_title = _l("Add user")
    edit_title = _l("Edit user")
    list_columns = ["first_name", "username", "role_labels", "state", "last_login_at"]
    mobile_columns = {"first_name": "title", "role_labels": "fact", "username": "fact", "state": "end"}
    search_columns = ["active", "locked_until"]
    order_columns = ["first_name", "username"]
    base_order = ("first_name", "asc")
    show_columns = ["first_name", "username", "role_labels", "state", "last_login_at"]
    add_columns = ["first_name", "username", "roles"]
    edit_columns = ["first_name", "roles"]
    extra_fields = {"roles": RolesField(description=_l("At least one."))}
    add_service = staticmethod(users.create_user)
    edit_service = staticmethod(users.update_user)
    transitions = USER_TRANSITIONS
    transition_services = {
        "unlock": users.unlock,
        "reset_password": users.reset_password,
        "deactivate": users.deactivate,
        "activate": users.activate,
    }
    one_time_message = staticmethod(_format_temporary_password)
    option_label = "full_name"
    preload_options = True
    empty_hint = _l("Add the people who work with the portal.")


class SessionView(PortalView[UserSession]):
    datamodel = PortalInterface(UserSession)
    policy = UserSessionPolicy
    route_base = "/sessions"
    list_title = _l("My sessions")
    show_title = _l("Session")
    add_title = edit_title = show_title
    list_columns = ["device", "created_at", "last_seen_at", "state"]
    mobile_columns = {"device": "title", "last_seen_at": "fact", "created_at": "fact", "state": "end"}
    search_columns: list[str] = []
    order_columns = ["id"]
    base_order = ("id", "desc")
    show_columns = ["device", "created_at", "last_seen_at", "ended_at", "state"]
    has_add_form = False
    has_edit_form = False
    log_access = False
    option_label = "device"
    transitions = SESSION_TRANSITIONS
    transition_services = {"end": sessions.end_session}
    empty_hint = _l("Here stands where you are logged in.")
