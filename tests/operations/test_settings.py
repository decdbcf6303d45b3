"""Settings from environment variables, and errors in them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import SettingError, Settings, build_flask_config, load


def load_settings(tmp_path: Path, *, demo: bool = False, **made: str) -> Settings:
    return load({"SIAGA_INSTANCE_DIR": str(tmp_path / "instance"), **made}, demo=demo)


def test_defaults_use_the_instance_folder(tmp_path: Path) -> None:
    found = load_settings(tmp_path)
    assert found.database.database == str(tmp_path / "instance" / "siaga.sqlite")
    assert found.upload_dir == tmp_path / "instance" / "uploads"
    assert (found.host, found.port, found.url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")
    assert not found.https


def test_demo_has_its_own_database_and_uploads(tmp_path: Path) -> None:
    found = load_settings(tmp_path, demo=True)
    assert found.database.database == str(tmp_path / "instance" / "demo.sqlite")
    assert found.upload_dir != load_settings(tmp_path).upload_dir


def test_blank_setting_is_ignored(tmp_path: Path) -> None:
    assert load_settings(tmp_path, SIAGA_PORT=" ", SIAGA_DATABASE_URL="").port == 8080


def test_keys_are_created_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    first, second = load_settings(tmp_path), load_settings(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 48
    assert (tmp_path / "instance" / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (first.book_key, len(first.book_key) >= 48) == (second.book_key, True)
    assert first.book_key != first.secret_key
    assert (tmp_path / "instance" / "book_key").stat().st_mode & 0o777 == 0o600
    files = [file.name for file in (tmp_path / "instance").iterdir() if file.is_file()]
    assert sorted(files) == ["book_key", "secret_key"]


def test_repr_of_settings_hides_keys_and_passwords(tmp_path: Path) -> None:
    found = load_settings(
        tmp_path, demo=True, SIAGA_SECRET_KEY="k" * 32, SIAGA_DEMO_PASSWORD="Ombak tenang 88"
    )
    assert "kkkk" not in repr(found)
    assert "Ombak" not in repr(found)


def test_configured_key_is_used_and_not_written_to_disk(tmp_path: Path) -> None:
    given = load_settings(tmp_path, SIAGA_SECRET_KEY="k" * 32, SIAGA_BOOK_KEY="b" * 32)
    assert (given.secret_key, given.book_key) == ("k" * 32, "b" * 32)
    for name in ("secret_key", "book_key"):
        assert not (tmp_path / "instance" / name).exists()


def test_key_of_the_environment_overrides_the_one_on_disk(tmp_path: Path) -> None:
    made = load_settings(tmp_path).book_key
    assert load_settings(tmp_path, SIAGA_BOOK_KEY="b" * 32).book_key == "b" * 32
    assert load_settings(tmp_path).book_key == made


def test_postgresql_url_uses_psycopg(tmp_path: Path) -> None:
    found = load_settings(tmp_path, SIAGA_DATABASE_URL="postgresql://siaga:secret@db.example/siaga")
    assert found.database.drivername == "postgresql+psycopg"


def test_relative_database_path_is_made_absolute(tmp_path: Path) -> None:
    found = load_settings(tmp_path, SIAGA_DATABASE_URL="sqlite:///here.sqlite")
    assert Path(str(found.database.database)).is_absolute()


def test_now_may_be_set_for_demo_and_tests(tmp_path: Path) -> None:
    noon = {"SIAGA_NOW": "2026-11-24T12:00:00+08:00"}
    expected = datetime(2026, 11, 24, 4, tzinfo=UTC)
    assert load_settings(tmp_path, demo=True, **noon).now == expected
    assert load_settings(tmp_path, SIAGA_TESTING="1", **noon).now == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SIAGA_PORT", "http"),
        ("SIAGA_PORT", "0"),
        ("SIAGA_PORT", "70000"),
        ("SIAGA_DATABASE_URL", "what is this"),
        ("SIAGA_DATABASE_URL", "mysql://root@localhost/siaga"),
        ("SIAGA_DATABASE_URL", "sqlite:///:memory:"),
        ("SIAGA_SECRET_KEY", "short"),
        ("SIAGA_BOOK_KEY", "short"),
        ("SIAGA_PUBLIC_URL", "siaga.example.go.id"),
        ("SIAGA_PUBLIC_URL", "https://example.go.id/siaga"),
        ("SIAGA_PROXY", "nginx"),
        ("SIAGA_RATELIMIT_URL", "file:///tmp/limits"),
        ("SIAGA_NOW", "2026-11-24T12:00:00+08:00"),
        ("SIAGA_INSTANCE_DIR", "/proc/siaga"),
        ("SIAGA_UPLOAD_DIR", "/proc/siaga"),
    ],
)
def test_invalid_setting_is_reported_by_name(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(SettingError, match=name):
        load_settings(tmp_path, **{name: text})


@pytest.mark.parametrize("text", ["tomorrow", "2026-11-24", "2026-11-24T12:00:00"])
def test_now_needs_an_offset(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingError, match="offset"):
        load_settings(tmp_path, SIAGA_TESTING="1", SIAGA_NOW=text)


def test_cookies_are_secure_with_https(tmp_path: Path) -> None:
    found = load_settings(tmp_path, SIAGA_PUBLIC_URL="https://siaga.example.go.id/")
    assert found.url == "https://siaga.example.go.id"
    assert build_flask_config(found)["SESSION_COOKIE_SECURE"]


def test_cookies_are_not_secure_with_http(tmp_path: Path) -> None:
    found = load_settings(tmp_path)
    assert not build_flask_config(found)["SESSION_COOKIE_SECURE"]


def write_settings_file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "instance" / "siaga.env"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_settings_file_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    lines = (
        "# the office\nSIAGA_PORT=8123\nexport SIAGA_HOST=127.0.0.9\nSIAGA_SECRET_KEY='a $b #c "
        + "k" * 32
        + "'\n"
    )
    write_settings_file(tmp_path, lines)
    found = load_settings(tmp_path)
    assert (found.port, found.host) == (8123, "127.0.0.9")
    assert found.secret_key.startswith("a $b #c kkk")
    assert load_settings(tmp_path, SIAGA_PORT="8124").port == 8124
    assert load_settings(tmp_path, SIAGA_PORT=" ").port == 8123


def test_demo_does_not_read_the_settings_of_the_office(tmp_path: Path) -> None:
    write_settings_file(tmp_path, "SIAGA_DATABASE_URL=sqlite:///office.sqlite\nSIAGA_PORT=8123\n")
    found = load_settings(tmp_path, demo=True)
    assert (found.database.database, found.port) == (str(tmp_path / "instance" / "demo.sqlite"), 8080)


@pytest.mark.parametrize(
    "line",
    [
        "SIAGA_DATABSE_URL=sqlite:///x",
        "SIAGA_PORT",
        "SIAGA_NOW=2026-11-24T12:00:00+08:00",
        "SIAGA_INSTANCE_DIR=/srv",
        "PATH=/x",
    ],
)
def test_line_of_the_settings_file_that_is_no_setting_is_refused(tmp_path: Path, line: str) -> None:
    write_settings_file(tmp_path, f"SIAGA_HOST=127.0.0.1\n{line}\n")
    with pytest.raises(SettingError, match=r"siaga\.env"):
        load_settings(tmp_path)


def test_settings_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    write_settings_file(tmp_path, "").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingError, match=r"siaga\.env"):
        load_settings(tmp_path)


@pytest.mark.parametrize("name", ["secret_key", "book_key"])
def test_empty_key_file_is_refused(tmp_path: Path, name: str) -> None:
    load_settings(tmp_path)
    (tmp_path / "instance" / name).write_text("\n")
    with pytest.raises(SettingError, match=name):
        load_settings(tmp_path)
    assert (tmp_path / "instance" / name).read_text() == "\n"
