"""Fields that forms of this room ask beside the columns of their record."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms.validators import DataRequired, Length, Optional

from app.cases.choices import Channel, Place, ServiceKind, Urgency
from app.cases.forms import CLIENT, CLIENT_LABELS, NEW_CLIENT
from app.clients.choices import SafeToContact
from app.core.forms.choosing import ChoiceField, RemoteField
from app.core.forms.fields import DayField, LineField, PhoneField, ProseField, TickField
from app.core.forms.widgets import SelectWidget
from app.core.types import PROSE_MAX
from app.security.models import PortalUser
from app.standby import queries
from app.standby.choices import Pattern
from app.standby.models import Shift


class _FewField(RemoteField):
    """A record out of a few: offered whole."""

    def _choose_widget(self) -> None:
        self.small, self.widget = True, SelectWidget()


class PeksosField(_FewField):
    """A peksos whose account is open."""

    def offered(self) -> list[tuple[int, str]]:
        """Everybody who can be on standby."""
        return [(user.id, user.full_name) for user in queries.peksos()]


class RecentShiftField(_FewField):
    """A shift of these days."""

    def offered(self) -> list[tuple[int, str]]:
        """The last shifts and the next ones."""
        return [(shift.id, shift.label) for shift in queries.recent_shifts()]


def _peksos(label: Any, *validators: Any, **more: Any) -> PeksosField:
    return PeksosField(label, model=PortalUser, validators=list(validators) or [Optional()], **more)


SHIFT: dict[str, Any] = {
    "worker": _peksos(_l("Who is on standby"), DataRequired()),
    "pattern": ChoiceField(_l("Repeat"), enum_class=Pattern, default=Pattern.once, validators=[Optional()]),
    "until": DayField(
        _l("Until"), validators=[Optional()], description=_l("The last day on which a shift begins.")
    ),
    "second": _peksos(_l("Then")),
    "third": _peksos(_l("Then (third)")),
    "fourth": _peksos(_l("Then (fourth)")),
    "accepted": TickField(
        _l("Save although there is a gap or an overlap"),
        description=_l("Only when the portal has told you of one."),
    ),
    "reason": ProseField(
        _l("Reason"),
        validators=[DataRequired(), Length(max=1000)],
        description=_l("It is read by everybody: write no names of clients."),
    ),
}

CALL_LABELS = CLIENT_LABELS | {
    "description": _l("What was reported"),
    "urgency": _l("Urgency"),
    "channel": _l("How it came in"),
    "location": _l("Where"),
    "kelurahan": _l("Kelurahan"),
    "reporter_name": _l("Reporter"),
    "reporter_role": _l("Who the reporter is"),
    "reporter_phone": _l("Phone of the reporter"),
    "reporter_safe_to_contact": _l("Safe to call the reporter"),
    "client": _l("Client"),
    "kind": _l("Which service you gave"),
    "narrative": _l("What you did"),
    "place": _l("Where you were"),
}


def _choice(name: str, kind: Any, *, needed: bool = False, hint: Any = "") -> ChoiceField:
    checks = [DataRequired() if needed else Optional()]
    return ChoiceField(CALL_LABELS[name], enum_class=kind, validators=checks, description=hint)


def _line(name: str, most: int, **more: Any) -> LineField:
    return LineField(CALL_LABELS[name], validators=[Optional(), Length(max=most)], **more)


def _prose(name: str) -> ProseField:
    return ProseField(CALL_LABELS[name], validators=[DataRequired(), Length(max=PROSE_MAX)])


CALL: dict[str, Any] = {
    "description": _prose("description"),
    "urgency": _choice("urgency", Urgency),
    "channel": _choice("channel", Channel),
    "location": _line(
        "location", 300, description=_l("RT, RW, street or landmark: how a colleague finds the place.")
    ),
    "reporter_name": _line("reporter_name", 120),
    "reporter_role": _line("reporter_role", 120),
    "reporter_phone": PhoneField(CALL_LABELS["reporter_phone"], validators=[Optional(), Length(max=30)]),
    "reporter_safe_to_contact": _choice(
        "reporter_safe_to_contact", SafeToContact, hint=_l("Could somebody dangerous answer this phone?")
    ),
    "client": CLIENT,
    **{name: NEW_CLIENT[name] for name in ("kelurahan", "name", "alias", "sex", "nik")},
    "kind": _choice("kind", ServiceKind, needed=True),
    "narrative": _prose("narrative"),
    "place": _choice("place", Place),
}

HANDOVER: dict[str, Any] = {
    "from_shift": RecentShiftField(
        _l("Whose shift"),
        model=Shift,
        validators=[Optional()],
        description=_l("Leave empty for your own last one."),
    ),
    "to_shift": RecentShiftField(
        _l("Who takes over"),
        model=Shift,
        validators=[Optional()],
        description=_l("Leave empty for the shift that comes next."),
    ),
}
