"""Amounts in Indonesian words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.terbilang import spell_rupiah, terbilang

WORDS = "nol satu dua tiga empat lima enam tujuh delapan sembilan"
ONES = {word: digit for digit, word in enumerate(WORDS.split())}
SCALES = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}


def parse_words(words: str) -> int:
    """Parse the words by another algorithm than the one that wrote them."""
    total = group = digit = 0
    plain = words.replace("seratus", "satu ratus").replace("seribu", "satu ribu")
    for word in plain.replace("sepuluh", "satu puluh").replace("sebelas", "satu belas").split():
        if word in ONES:
            digit = ONES[word]
        elif word == "belas":
            group, digit = group + 10 + digit, 0
        elif word in ("puluh", "ratus"):
            group, digit = group + digit * {"puluh": 10, "ratus": 100}[word], 0
        else:
            total, group, digit = total + (group + digit) * SCALES[word], 0, 0
    return total + group + digit


@given(st.integers(1, 10**15 - 1))
def test_words_can_be_parsed_back_to_the_amount(amount: int) -> None:
    assert parse_words(terbilang(amount)) == amount


@given(st.integers(1, 10**15 - 1))
def test_hundred_and_thousand_are_written_with_se(amount: int) -> None:
    words = f" {terbilang(amount)} "
    assert " satu ratus " not in words
    assert " satu puluh " not in words
    assert " satu belas " not in words
    assert not words.startswith(" satu ribu ")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "nol"),
        (11, "sebelas"),
        (15, "lima belas"),
        (100, "seratus"),
        (1000, "seribu"),
        (1100, "seribu seratus"),
        (21000, "dua puluh satu ribu"),
        (100_000, "seratus ribu"),
        (1_000_000, "satu juta"),
        (1_001_000, "satu juta seribu"),
        (25_000_000, "dua puluh lima juta"),
        (2_015_111, "dua juta lima belas ribu seratus sebelas"),
        (1_000_000_000, "satu miliar"),
    ],
)
def test_amounts_in_words(amount: int, words: str) -> None:
    assert terbilang(amount) == words


@pytest.mark.parametrize("amount", [-1, 10**15])
def test_invalid_amount_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="no words"):
        terbilang(amount)


def test_spelled_amount_ends_with_rupiah() -> None:
    assert spell_rupiah(25_000_000) == "dua puluh lima juta rupiah"
