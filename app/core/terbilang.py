"""Amounts in Indonesian words, as required on receipts: 25.000.000 is *dua puluh lima juta*."""

_ONES = (
    "nol", "satu", "dua", "tiga", "empat", "lima",
    "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas",
)  # fmt: skip
_SCALES = (
    (10**12, "triliun"), (10**9, "miliar"), (10**6, "juta"), (1000, "ribu"), (100, "ratus"), (10, "puluh")
)  # fmt: skip


def terbilang(amount: int) -> str:
    """Return a whole number in words; raise `ValueError` outside 0 <= amount < 10**15."""
    if not 0 <= amount < 10**15:
        raise ValueError(f"{amount} has no words here")
    if amount < 12:
        return _ONES[amount]
    if amount < 20:
        return f"{_ONES[amount - 10]} belas"
    size, scale = next(pair for pair in _SCALES if pair[0] <= amount)
    count, rest = divmod(amount, size)
    # 100 and 1000 are one word with the prefix se- (seratus, seribu); one million is two words.
    leading_words = f"se{scale}" if count == 1 and size in (100, 1000) else f"{terbilang(count)} {scale}"
    return f"{leading_words} {terbilang(rest)}" if rest else leading_words


def spell_rupiah(amount: int) -> str:
    """Return an amount of whole rupiah in words: `dua puluh lima juta rupiah`."""
    return f"{terbilang(amount)} rupiah"
