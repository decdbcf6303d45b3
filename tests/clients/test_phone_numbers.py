import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import phones
from app.core.errors import PortalError


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0811-5413-355", "+628115413355"),
        ("+62 811 5413 355", "+628115413355"),
        ("628115413355", "+628115413355"),
        ("8115413355", "+628115413355"),
        ("(0548) 21234", "+6254821234"),
        ("+60 12-345 6789", "+60123456789"),
        ("112", "112"),
        (" 129 ", "129"),
        ("", None),
        (None, None),
    ],
)
def test_a_phone_is_kept_in_e164_and_a_short_code_as_it_is(written, kept):
    assert phones.validate_phone(written, "phone") == kept


@pytest.mark.parametrize("written", ["tidak ada", "0811-BANTU-1", "123", "000000", "0811 5413 355 / 0812 1"])
def test_nonsense_is_refused_beside_its_field(app, written):
    with pytest.raises(PortalError) as refusal:
        phones.validate_phone(written, "guardian_phone")
    assert refusal.value.field == "guardian_phone"


@given(st.text("0123456789+-. ()", max_size=18))
def test_normalizing_a_phone_twice_changes_nothing(written):
    kept = phones.to_e164(written)
    assert kept is None or phones.to_e164(kept) == kept
