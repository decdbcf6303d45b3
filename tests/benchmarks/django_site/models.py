"""The portal's tables as Django models: the columns of lists and forms, and their relations."""

from typing import Any

from django.db import models

PROTECT = models.PROTECT


def _codes(*codes: str) -> Any:
    return models.CharField(max_length=40, choices=[(code, code) for code in codes])


def _short_text(**more: Any) -> Any:
    return models.CharField(max_length=200, null=True, blank=True, **more)


def _long_text() -> Any:
    return models.TextField(null=True, blank=True)


class Office(models.Model):
    """Base class of models of existing tables."""

    class Meta:
        abstract = True
        managed = False


class User(Office):
    first_name = models.CharField(max_length=64)

    class Meta(Office.Meta):
        db_table = "ab_user"

    def __str__(self) -> str:
        return str(self.first_name)


class Kelurahan(Office):
    name = models.CharField(max_length=120)

    class Meta(Office.Meta):
        db_table = "kelurahan"

    def __str__(self) -> str:
        return str(self.name)


class Household(Office):
    no_kk = _short_text()
    address = _short_text()
    kelurahan = models.ForeignKey(Kelurahan, PROTECT, null=True)
    search_text = _long_text()

    class Meta(Office.Meta):
        db_table = "household"

    def __str__(self) -> str:
        return str(self.address)


class Client(Office):
    name = _short_text()
    alias = _short_text()
    nik = _short_text()
    no_kk = _short_text()
    identity_status = _codes("verified", "stated", "no_nik", "unknown", "foreign")
    sex = _codes("male", "female", "unknown")
    birth_place = _short_text()
    birth_date = models.DateField(null=True, blank=True)
    phone = _short_text()
    address = _short_text()
    rt = _short_text()
    kelurahan = models.ForeignKey(Kelurahan, PROTECT, null=True)
    household = models.ForeignKey(Household, PROTECT, null=True)
    search_text = _long_text()
    created_at = models.DateTimeField()

    class Meta(Office.Meta):
        db_table = "client"

    def __str__(self) -> str:
        return str(self.name)


class CaseFile(Office):
    number = models.CharField(max_length=20)
    client = models.ForeignKey(Client, PROTECT)
    opened_at = models.DateTimeField()
    channel = _codes("walk_in", "rt_rw", "outreach", "partner", "phone_whatsapp", "social_media", "family")
    presenting_problem = models.TextField()
    focus = _codes("poverty", "psychosocial", "family_resilience")
    urgency = _codes("ordinary", "urgent", "emergency")
    confidentiality = _codes("ordinary", "limited", "secret")
    stage = _codes("engagement", "contract", "assessment", "planning", "intervention", "termination")
    status = _codes("active", "on_hold", "aftercare", "closed")
    worker = models.ForeignKey(User, PROTECT, null=True, related_name="+")
    search_text = _long_text()

    class Meta(Office.Meta):
        db_table = "case_file"

    def __str__(self) -> str:
        return str(self.number)


class Partner(Office):
    name = models.CharField(max_length=200)

    class Meta(Office.Meta):
        db_table = "partner"

    def __str__(self) -> str:
        return str(self.name)


class NeedKind(Office):
    name = models.CharField(max_length=120)

    class Meta(Office.Meta):
        db_table = "need_kind"

    def __str__(self) -> str:
        return str(self.name)


class Referral(Office):
    number = models.CharField(max_length=40)
    case = models.ForeignKey(CaseFile, PROTECT)
    partner = models.ForeignKey(Partner, PROTECT, null=True)
    need_kind = models.ForeignKey(NeedKind, PROTECT)
    state = _codes("draft", "sent", "accepted", "in_service", "completed", "closed", "declined", "cancelled")
    due_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    owner = models.ForeignKey(User, PROTECT, null=True, related_name="+")
    search_text = _long_text()

    class Meta(Office.Meta):
        db_table = "referral"

    def __str__(self) -> str:
        return str(self.number)


class CaseEvent(Office):
    case = models.ForeignKey(CaseFile, PROTECT)
    kind = models.CharField(max_length=40)
    occurred_at = models.DateTimeField()
    actor_name = models.CharField(max_length=120)
    source = models.CharField(max_length=40)

    class Meta(Office.Meta):
        db_table = "case_event"

    def __str__(self) -> str:
        return str(self.kind)
