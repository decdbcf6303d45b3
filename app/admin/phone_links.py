"""Phone numbers as links: call, or write by WhatsApp, unless that could harm somebody."""

import phonenumbers
from flask_babel import gettext as _
from markupsafe import Markup

from app.admin.links import build_link
from app.core import formats
from app.core.phones import CallRule

_ICON_HTML = Markup('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg> {}')
_BUTTON_HTML = Markup('<a class="btn btn-default" href="{}"{}>{}</a>')
_NEW_TAB_ATTRIBUTES = Markup(' rel="noopener noreferrer" target="_blank"')


def render_phone_links(value: str, rule: CallRule) -> Markup:
    """Render the number, the buttons that the rule allows, and the note and link of the rule."""
    parts = [Markup("<span>{}</span>").format(formats.format_phone(value))]
    if rule.is_allowed:
        parts += _build_buttons(value)
    if rule.note:
        parts.append(Markup('<span class="muted">{}</span>').format(rule.note))
    link = build_link(rule.link)
    if link is not None:
        parts.append(_BUTTON_HTML.format(link.url, "", link.text))
    return Markup('<span class="actions">{}</span>').format(Markup(" ").join(parts))


def build_whatsapp_url(number: str) -> str:
    """Return the URL that opens a chat. It holds no text: the browser's history would keep it."""
    return f"https://wa.me/{number.lstrip('+')}"


def _build_buttons(value: str) -> list[Markup]:
    buttons = [_BUTTON_HTML.format(f"tel:{value}", "", _ICON_HTML.format("phone", _("Call")))]
    if _is_mobile(value):
        buttons.append(
            _BUTTON_HTML.format(
                build_whatsapp_url(value), _NEW_TAB_ATTRIBUTES, _ICON_HTML.format("chat", "WhatsApp")
            )
        )
    return buttons


def _is_mobile(value: str) -> bool:
    if not value.startswith("+"):
        return False
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return phonenumbers.number_type(phonenumbers.parse(value)) in kinds
