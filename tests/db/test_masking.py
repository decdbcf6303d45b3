"""Who may read complete numbers, and which numbers in a text are masked."""

from types import SimpleNamespace

import pytest
from markupsafe import Markup

from app.cases.models.entries import CaseNote
from app.clients.models.client import Client
from app.core.actor import ADMIN, PEKSOS, SUPERVISOR
from app.db.masking import mask_for, mask_numbers
from app.grants.models.pots import Grant
from app.partners.models import Partner

NIK, PHONE = "6474015708450001", "+628115413355"


def make_actor(*roles: str) -> SimpleNamespace:
    return SimpleNamespace(actor_id=7, full_name="Seseorang", role_names=frozenset(roles))


@pytest.mark.parametrize(
    "written",
    [
        *("6474015708450001", "6474 0157 0845 0001", "64.74.01.570845.0001", "6474-0157-0845-0001"),
        *("081154130001", "0811-5413-0001", "0811 5413 0001", "0811.5413.0001", "(0811) 5413-0001"),
        *("+6281154130001", "+62 811-5413-0001", "62811 5413 0001", "0548-20001", "(0548) 20001"),
        *("+60 12-345 0001", "+6590120001", "0060 12 345 0001", "+1 (202) 555 0001"),
    ],
)
def test_number_in_a_text_keeps_its_last_four_digits_in_any_notation(written: str) -> None:
    assert mask_numbers(f"Hubungi {written}, tetangga.") == "Hubungi ••••0001, tetangga."


@pytest.mark.parametrize(
    "text",
    [
        *("tanggal 08-11-2026 pukul 10.30", "3 Agustus 2026", "LK3/2026/08125", "460/0812/LK3/XI/2026"),
        *("Rp 25.000.000", "1.06.0.00.0.00.02.0000", "RT 004/RW 012", "110 atau 129"),
    ],
)
def test_dates_amounts_and_letter_numbers_are_not_masked(text: str) -> None:
    assert mask_numbers(text) == text


@pytest.mark.parametrize("roles", [(ADMIN,), (PEKSOS,), (SUPERVISOR, PEKSOS)])
def test_admin_and_peksos_read_complete_numbers(roles: tuple[str, ...]) -> None:
    assert mask_for(make_actor(*roles), NIK, Client.__table__.c.nik) == NIK
    assert mask_for(make_actor(*roles), f"NIK {NIK}") == f"NIK {NIK}"


@pytest.mark.parametrize("roles", [(SUPERVISOR,), ()])
def test_supervisor_or_user_without_role_reads_the_last_four_digits(roles: tuple[str, ...]) -> None:
    reader, columns = make_actor(*roles), Client.__table__.c
    assert mask_for(reader, NIK, columns.nik) == "••••0001"
    assert mask_for(reader, PHONE, columns.guardian_phone) == "••••3355"
    assert mask_for(reader, "di rumah, 0811-5413-355", columns.contact_note) == "di rumah, ••••3355"
    assert mask_for(reader, f"NIK {NIK}", CaseNote.__table__.c.text) == "NIK ••••0001"
    assert mask_for(reader, Markup("<b>0811-5413-355</b>")) == Markup("<b>••••3355</b>")


def test_numbers_of_partners_and_other_values_are_not_masked() -> None:
    reader = make_actor(SUPERVISOR)
    assert mask_for(reader, PHONE, Partner.__table__.c.phone) == PHONE
    assert mask_for(reader, "0812 3456 7890", Grant.__table__.c.document_number) == "0812 3456 7890"
    assert mask_for(reader, 6474015708450001) == 6474015708450001
    assert mask_for(reader, None, Client.__table__.c.nik) is None
