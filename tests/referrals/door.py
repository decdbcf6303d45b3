"""A partner with a link and a code, as tests need it."""

import re
from typing import NamedTuple

from werkzeug.test import TestResponse

from app.core import clock
from app.core.unit import unit
from app.referrals.models import Referral
from app.referrals.services import links
from tests.support.client import PortalClient
from tests.support.portal import person

WHO = {"answered_by": "Abdul Karim", "answered_position": "Staf distribusi"}


class Key(NamedTuple):
    """What the peksos was told once."""

    token: str
    code: str

    @property
    def url(self) -> str:
        return f"/r/{self.token}"


def linked(referral: Referral, by: str = "rina") -> Key:
    """Make a link to this referral."""
    actor = person(by)
    with unit(by=actor):
        secret = links.make_link(referral, by=actor)
    assert secret.token is not None
    return Key(secret.token, secret.code)


def enter(client: PortalClient, key: Key) -> TestResponse:
    """Give the code, and look at what is behind it."""
    answer = client.post(key.url, data={"code": key.code})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client.get(key.url)


def answer(client: PortalClient, key: Key, step: str, **said: str) -> TestResponse:
    """Answer on the page, each step with what it needs."""
    needed = {
        "decline": {"decline_reason": "capacity_full"},
        "complete": {"completed_on": clock.today().isoformat(), "result": "Kursi roda diserahkan"},
        "ask_document": {"text": "Fotokopi KK"},
    }.get(step, {})
    return client.post(f"{key.url}/{step}", data={**WHO, "own_page": "1", **needed, **said})


def text_of(response: TestResponse) -> str:
    """What a reader reads."""
    text = re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", response.get_data(as_text=True), flags=re.DOTALL)
    return " ".join(text.split())
