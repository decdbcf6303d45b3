"""A secret and a limited case of Dodi's, full of words that nobody else may ever read."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile, is_zipfile

from pypdf import PdfReader
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.aid.services import cancel_aid, hand_over_aid
from app.aid.states import AidKind
from app.cases.models import Case
from app.cases.services import correct_note, finish_follow_up, hold_case, take_up_report
from app.clients.choices import ConsentPurpose, HouseholdRole
from app.core import clock
from app.core.receipts import save_draft
from app.core.unit import unit
from app.extensions import Model, db
from app.grants.choices import Purpose
from app.grants.services import attach_evidence, reject_expenditure, release_commitment
from app.reference.choices import Confidentiality
from app.referrals.choices import SharedField
from app.referrals.services import accept_referral, attach_document, links, send_referral
from tests import factories as make
from tests.support.portal import person

SECRET, LIMITED = "kenarirahasia", "gelatikterbatas"
"""One word stands in everything that the tier hides."""
NIK, NO_KK, PHONE, REPORTER = "6474015708450001", "6474010101010009", "081234567890", "081298765432"
NUMBERS = (NIK, NO_KK, PHONE[1:], REPORTER[1:])
KNOWN_NIK = "6474024107850002"
"""Of the limited case's client: all staff may know the person by name and NIK."""
DETAILS = {"no_kk": "6474020202020008", "phone": "081377778888", "guardian_phone": "085299990000"}
LIMITED_REPORTER, TYPED = "081355554444", "0819-6666-7777"
"""The phone of the limited case's reporter; a number that a peksos typed into every text of the case."""
OF_TEAM = tuple(number.removeprefix("0") for number in (*DETAILS.values(), LIMITED_REPORTER))
NUMBERS_OF_LIMITED = tuple(
    re.sub("^0|-", "", number) for number in (KNOWN_NIK, *DETAILS.values(), LIMITED_REPORTER, TYPED)
)
_SPACING = re.compile(r"[\s.\-\u00a0]+")


class Hidden(SimpleNamespace):
    """What was planted."""

    ids: dict[str, list[int]]
    """Name of the table -> ids of all records that were planted."""
    secret: dict[str, list[int]]
    """Those of the secret case, its clients and its household."""
    limited: dict[str, list[int]]
    """Those of the limited case, its clients and its household."""
    number: str
    """Of the secret case."""
    token: str
    code: str
    """Of the link that the secret case's partner has."""
    partner_of_limited: tuple[str, str]
    """Token and code of the limited case's partner."""

    @property
    def few(self) -> dict[str, list[int]]:
        """Of each table a record of each case: what is asked of one is answered like what is asked of all."""
        return {table: sorted({*keys[:1], *keys[-1:]}) for table, keys in self.ids.items()}


def plant() -> Hidden:
    """Fill every room with records of the two cases; the money of both comes from one grant."""
    before = _newest()
    pot = make.pot(ceiling_initial=10**10, arrived=10**9)
    start = _newest()
    secret = _fill(SECRET, Confidentiality.secret, pot, nik=NIK, no_kk=NO_KK, phone=PHONE)
    of_secret = _since(start)
    start = _newest()
    limited = _fill(LIMITED, Confidentiality.limited, pot)
    of_limited = _since(start)
    shown = {"partner", "partner_service", "audit_entry"}
    return Hidden(
        ids=_since(before),
        secret={table: keys for table, keys in of_secret.items() if table not in shown},
        limited={table: keys for table, keys in of_limited.items() if table not in shown},
        number=secret.case.number,
        token=secret.token,
        code=secret.code,
        partner_of_limited=(limited.token, limited.code),
    )


def _newest() -> dict[str, int]:
    return {table.name: db.session.scalar(select(func.max(table.c.id))) or 0 for table in _tables()}


def _since(before: dict[str, int]) -> dict[str, list[int]]:
    return {
        table.name: list(db.session.scalars(select(table.c.id).where(table.c.id > before[table.name])))
        for table in _tables()
    }


def _tables() -> Iterator[Any]:
    return (table for table in Model.metadata.sorted_tables if "id" in table.c)


def _fill(word: str, tier: Confidentiality, pot: Any, **numbers: str) -> SimpleNamespace:
    """A case of this tier, and every kind of record that hangs on one, with the word in every text."""
    plain, limited = word, tier is Confidentiality.limited
    word = f"{word} {TYPED}" if limited else word
    dodi, sari, admin = person("dodi"), person("sari"), person("admin")
    client = _client(plain, tier, **numbers)
    report = make.report(
        by="sari",  # who writes a report down does not keep it
        description=f"{word} dipukul",
        location=f"Gang {word}",
        reporter_name=word,
        reporter_role=word,
        reporter_phone=LIMITED_REPORTER if limited else REPORTER,
    )
    said = {"client": client, "presenting_problem": word, "confidentiality": tier}
    case = make.case(by="dodi", **said)
    do = _in_the_name_of(dodi)
    do(take_up_report, report, case=case)
    by: dict[str, Any] = {"by": "dodi", "case": case}
    make.case_person(**by, client=make.client(name=None if limited else f"{word} dua", alias=None))
    make.service(**by, narrative=word, outcome=word)
    do(correct_note, make.note(**by, text=word), text=f"{word} lagi", reason=word)
    make.follow_up(**by, title=word, due_on=clock.today())
    do(finish_follow_up, make.follow_up(**by, title=word), result=word)
    make.assessment(**by, summary=word, biological=word, recommendation=word)
    make.goal(**by, goal=word, activity=word)
    make.attachment(**by, title=word, file=file_of(plain))
    make.consent(by="dodi", client=client, given_by=word, scan=file_of(plain))
    token, code = _referral(word, case)
    _money(word, case, pot, do)
    with unit(by=dodi):
        save_draft(dodi.id, f"/case-notes/add?case={case.id}", {"case": [str(case.id)], "text": [word]})
    with unit(by=sari):  # she had begun to write before she was cut off: her words, and no others
        save_draft(sari.id, f"/case-notes/add?case={case.id}", {"case": [str(case.id)], "text": ["Catatan"]})
    do(hold_case, case, reason=word, until=clock.today() + timedelta(days=9))
    assert admin.id not in {member.id for member in case.team}
    return SimpleNamespace(case=case, token=token, code=code)


def _client(word: str, tier: Confidentiality, **numbers: str) -> Any:
    details = ("contact_note", "landmark", "guardian_name", "address", "outside_address")
    if tier is Confidentiality.limited:  # that the person is known, everybody may know
        home = make.household(by="dodi", address=f"Jalan {word}", no_kk=DETAILS["no_kk"], note=word)
        said = {**dict.fromkeys((*details, "features"), word), **DETAILS, "nik": KNOWN_NIK}
        return make.client(
            by="dodi", name="Putri Terbatas", household=home, household_role=HouseholdRole.head, **said
        )
    home = make.household(by="dodi", address=f"Jalan {word}", no_kk=numbers["no_kk"], note=word)
    make.client(by="dodi", name="Anggota", household=home, household_role=HouseholdRole.child)
    texts = (*details, "alias", "nik_note", "features", "birth_place", "occupation")
    return make.client(
        by="dodi",
        name=f"{word} satu",
        household=home,
        household_role=HouseholdRole.head,
        guardian_phone=numbers["phone"],
        **dict.fromkeys(texts, word),
        **numbers,
    )


def _in_the_name_of(actor: Any) -> Callable[..., Any]:
    def do(verb: Callable[..., Any], *records: Any, **said: Any) -> Any:
        with unit(by=actor):
            return verb(*records, by=actor, **said)

    return do


def file_of(word: str) -> str:
    """The key of a PDF that says the word."""
    return make.stored(b"%PDF-1.7 " + word.encode())


def _referral(word: str, case: Case) -> tuple[str, str]:
    """One that a partner works on by its link, and a draft."""
    do = _in_the_name_of(person("dodi"))
    make.consent(by="dodi", client=case.client, purpose=ConsentPurpose.share_with_partner)
    sent = make.referral(by="dodi", case=case, request=word, documents="SKTM")
    do(attach_document, sent.documents[0], file=file_of(word.split()[0]))
    do(send_referral, sent, shared_fields=list(SharedField))
    secret = do(links.make_link, sent)
    do(accept_referral, sent, answered_by=word, answered_position=word, message=word)
    make.referral(by="dodi", case=case, request=word)
    assert secret.token is not None
    return secret.token, secret.code


def _money(word: str, case: Case, pot: Any, do: Callable[..., Any]) -> None:
    """Spent with a receipt, rejected, reserved, given back; aid in every state."""
    admin = _in_the_name_of(person("admin"))
    of_case = {"grant": pot, "case": case, "purpose": Purpose.client_aid}
    paid = make.expenditure(by="admin", **of_case, amount=1_234_500, description=word)
    proof = {"evidence": file_of(word.split()[0]), "evidence_number": "KW-17", "evidence_on": clock.today()}
    admin(attach_evidence, paid, **proof)
    refused = make.expenditure(by="dodi", **of_case, amount=1_234_501, description=word)
    admin(reject_expenditure, refused, reason=word)
    make.expenditure(by="dodi", **of_case, amount=1_234_502, description=word)
    admin(release_commitment, make.commitment(by="dodi", **of_case, amount=7, description=word), reason=word)
    make.commitment(by="dodi", **of_case, amount=8, description=word)
    given = make.aid(by="dodi", case=case, item=word, partner=make.partner(), again_reason=word)
    do(hand_over_aid, given, received_by=word, evidence=file_of(word.split()[0]))
    do(cancel_aid, make.aid(by="dodi", case=case, item=word), reason=word)
    cash = {"kind": AidKind.cash, "value": 1_234_503, "grant": pot, "again_reason": word}
    make.aid(by="dodi", case=case, item=word, **cash)


def told_by(answer: TestResponse) -> str:
    """Everything that an answer says, also in its heads, in a PDF and in a workbook."""
    body = answer.data
    if body.startswith(b"%PDF-") and b"/Type" in body:
        pages = PdfReader(BytesIO(body)).pages
        text = "\n".join(page.extract_text() for page in pages)
    elif is_zipfile(BytesIO(body)):
        with ZipFile(BytesIO(body)) as archive:
            text = "\n".join(archive.read(name).decode() for name in archive.namelist())
    else:
        text = body.decode(errors="replace")
    return f"{answer.headers}\n{text}"


def given_away(answer: TestResponse, words: tuple[str, ...]) -> list[str]:
    """The words and numbers of these that the answer says, however its numbers are spaced."""
    text = told_by(answer)
    squeezed = _SPACING.sub("", text)
    return [word for word in words if word in squeezed or word in text]
