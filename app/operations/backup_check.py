"""Verification of a backup: checksums, the database inside, its rows, and every stored file."""

import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.core import zip_archives
from app.core.errors import StartupError
from app.operations import backup_archive, database_copy
from app.operations.postgres import CopyContents

MAX_REPORTED_FAULTS = 20


@dataclass
class BackupReport:
    """What a backup holds, and what is wrong with it."""

    address: str = ""
    """The database it was made of: file path, or host, port and name; empty in backups before release 0.3."""
    made_at: str = ""
    client_count: int = 0
    upload_count: int = 0
    damage: list[str] = field(default_factory=list)
    """Why the database cannot be restored from it, a sentence each; such a file is no backup."""
    file_faults: list[str] = field(default_factory=list)
    """Stored files that it does not hold as they were saved; everything else can be restored."""
    notes: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """All faults; empty: the backup is good."""
        return [*self.damage, *self.file_faults]


def verify_backup(file: Path, temporary_folder: Path) -> BackupReport:
    """Read a whole backup and compare it with its manifest and its own database.

    The database is unpacked into `temporary_folder` meanwhile. Raises `StartupError` if the file cannot be
    read or has no manifest of this format.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = backup_archive.read_manifest(archive)
            if fault := backup_archive.find_member_fault(archive, manifest["members"]):
                return BackupReport(damage=[fault])
            with tempfile.TemporaryDirectory(dir=temporary_folder) as folder:
                return _verify_database(archive, manifest, Path(folder))
    except OSError as error:
        raise StartupError(f"{error.filename or file}: {error.strerror}.") from error
    except zip_archives.ARCHIVE_ERRORS as error:
        return BackupReport(damage=[f"the file is cut off or altered ({error})"])


def _verify_database(archive: zipfile.ZipFile, manifest: Mapping[str, Any], folder: Path) -> BackupReport:
    members, kind = manifest["members"], str(manifest["database"])
    name = backup_archive.DATABASE_FILE_NAMES.get(kind)
    if name not in members:
        return BackupReport(damage=["it holds no database of a known kind"])
    copy = folder / str(name)
    backup_archive.require_disk_space(archive, [copy.name], folder)
    backup_archive.extract_member(archive, copy.name, copy)
    contents = database_copy.read_copy(kind, copy, int(manifest.get("server_version", 0)))
    report = BackupReport(
        address=str(manifest.get("address", "")),
        made_at=str(manifest["made_at"]),
        client_count=contents.rows.get("client", 0),
        upload_count=sum(name.startswith("uploads/") for name in members),
        damage=contents.faults[:MAX_REPORTED_FAULTS],
    )
    if not report.damage:
        report.damage += _compare_rows(manifest.get("rows", {}), contents)
    if not report.damage and "stored_file" in contents.rows:
        _compare_files(members, contents, report)
    return report


def _compare_rows(expected_rows: Mapping[str, int], contents: CopyContents) -> list[str]:
    return [
        f"table {table} has {contents.rows.get(table, 'no')} rows in the backup and {count} in the database"
        for table, count in expected_rows.items()
        if contents.rows.get(table) != count
    ]


def _compare_files(members: Mapping[str, str], contents: CopyContents, report: BackupReport) -> None:
    """Find stored files that are missing or changed, and uploads that the database does not know."""
    expected = {backup_archive.get_member_name(key): sha256 for key, sha256 in contents.stored_files.items()}
    missing = [name for name in expected if name not in members]
    changed = [name for name, sha256 in expected.items() if members.get(name, sha256) != sha256]
    unknown = [name for name in members if name.startswith("uploads/") and name not in expected]
    report.file_faults += [f"{name} is missing" for name in missing[:MAX_REPORTED_FAULTS]]
    report.file_faults += [f"{name} is not what was saved" for name in changed[:MAX_REPORTED_FAULTS]]
    hidden_count = len(missing) + len(changed) - len(report.file_faults)
    if hidden_count:
        report.file_faults.append(f"and {hidden_count} more files")
    if unknown and not expected:
        report.file_faults.append(
            f"none of the {len(unknown)} uploads belongs to this database: is it the right one, "
            "and the right upload folder?"
        )
    elif unknown:
        report.notes.append(f"{len(unknown)} uploads belong to no record")
