"""Each English term has one Indonesian translation in all messages."""

import re

import pytest

from tests.language.test_catalogue import _messages, _source_texts, _translations, read_indonesian
from tests.support.page_texts import split_words

TERMS = {
    "account": "akun",
    "address": "alamat",
    "administrator": "administrator",
    "agreement": "perjanjian",
    "asset": "aset",
    "attachment": "lampiran",
    "budget": "anggaran",
    "case": "kasus",
    "category": "kategori",
    "ceiling": "pagu",
    "client": "klien",
    "confidentiality": "kerahasiaan",
    "consent": "persetujuan",
    "contact person": "narahubung",
    "document": "dokumen",
    "e-mail": "surel",
    "figure": "angka",
    "file": "berkas",
    "filter": "saring",
    "fiscal year": "tahun anggaran",
    "follow-up": "tindak lanjut",
    "funding source": "sumber dana",
    "grant": "hibah",
    "guardian": "wali",
    "household": "rumah tangga",
    "letterhead": "kop surat",
    "note": "catatan",
    "partner": "mitra",
    "password": "kata sandi",
    "peksos": "peksos",
    "phone": "telepon",
    "referral": "rujukan",
    "report": "lapor",  # laporan, pelapor, dilaporkan
    "role": "peran",
    "secret": "rahasia",
    "service": "layan",  # layanan, pelayanan
    "signatory": "penandatangan",
    "stage": "tahap",
    "supervisor": "penyelia",
    "tag": "label",
    "team": "tim",
    "timeline": "linimasa",
    "user": "pengguna",
}
"""English term -> part of its Indonesian translation."""

ANOTHER_MEANING = re.compile(
    r"%\(\w+\)s"  # placeholders are no words
    r"|lower case|upper case|phone's camera|or a phone is lost"  # a mobile: ponsel
    r"|^If you are not already a user|^User confirmation|^Your user is"  # an account, in FAB's English
    r"|add filter|clear filters?|filters in use|these filters|clear the filters|this filter",  # "penyaring"
    re.IGNORECASE,
)


def _noun_pattern(english: str) -> re.Pattern[str]:
    ending = f"{english[:-1]}(?:y|ies)" if english.endswith("y") else f"{english}s?"
    return re.compile(rf"(?<![\w-]){ending}(?![\w-])", re.IGNORECASE)


@pytest.mark.parametrize(("english", "term"), TERMS.items())
def test_each_term_has_one_translation(english: str, term: str) -> None:
    noun = _noun_pattern(english)
    sentences = [
        (ANOTHER_MEANING.sub(" ", _source_texts(message)[0]), _translations(message)[0])
        for message in _messages(read_indonesian())
    ]
    pairs_with_term = [(source, text) for source, text in sentences if noun.search(source)]
    assert pairs_with_term, f"no message contains {english}: remove it from the list"
    assert [pair for pair in pairs_with_term if term not in pair[1].lower()] == []


SYNONYMS = {
    "cancel": "batal",
    "dashboard": "dasbor",
    "delete": "hapus",
    "detail": "rincian",
    "download": "unduh",
    "draft": "draf",
    "edit": "ubah",
    "email": "surel",
    "error": "kesalahan",
    "file": "berkas",
    "filter": "saring, penyaring",
    "kelompok": "grup",
    "keluarkan": "keluar",
    "link": "tautan",
    "list": "daftar",
    "login": "masuk",
    "logout": "keluar",
    "partner": "mitra",
    "password": "kata sandi",
    "pengasuhnya": "pengasuh",
    "perlindungan": "pelindungan",
    "print": "cetak",
    "role": "peran",
    "save": "simpan",
    "sunting": "ubah",
    "supervisor": "penyelia",
    "terlantar": "telantar",
    "timeline": "linimasa",
    "update": "perbarui",
    "upload": "unggah",
    "user": "pengguna",
    "username": "nama pengguna",
}
"""Word that some offices also use -> the term of this portal."""


def test_no_translation_uses_a_synonym() -> None:
    found = {
        (word, text): SYNONYMS[word]
        for message in _messages(read_indonesian())
        for text in _translations(message)
        for word in split_words([text]) & set(SYNONYMS)
    }
    assert found == {}


def test_users_are_addressed_as_anda() -> None:
    familiar = {"kamu", "anda", "kalian", "loe", "engkau", "kau"}
    sentences = [text for message in _messages(read_indonesian()) for text in _translations(message)]
    informal = [text for text in sentences if familiar & set(re.findall(r"\b[a-z]+\b", text))]
    assert informal == []
