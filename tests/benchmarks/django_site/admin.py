"""Admin classes: plain, as the documentation teaches it, and tuned as far as its options allow."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property

from tests.benchmarks.django_site import models

PAGE_SIZE = 25
MAX_PAGED_ROWS = 2_500
"""Rows through which the tuned lists can be paged, as many as in the portal."""


class CappedPaginator(Paginator):
    """Stops counting after the rows that can be paged through."""

    @cached_property
    def count(self) -> int:
        return int(self.object_list.order_by("-pk")[: MAX_PAGED_ROWS + 1].count())


class PagedAdmin(admin.ModelAdmin):
    """Base class: as many rows per page as in the portal."""

    list_per_page = PAGE_SIZE


if settings.TUNED:
    PagedAdmin.show_full_result_count = False
    PagedAdmin.paginator = CappedPaginator


class NamedAdmin(PagedAdmin):
    search_fields = ("name",)


class HouseholdAdmin(PagedAdmin):
    search_fields = ("address", "no_kk")


class ClientAdmin(PagedAdmin):
    list_display = ("id", "name", "nik", "sex", "birth_date", "kelurahan", "phone")
    list_display_links = ("name",)
    search_fields: Any = ("name", "nik")
    list_filter = ("kelurahan", "sex", "identity_status", "created_at")
    list_select_related = ("kelurahan",)
    autocomplete_fields = ("household",)
    date_hierarchy: Any = "created_at"


class CaseAdmin(PagedAdmin):
    list_display = ("number", "client", "worker", "urgency", "confidentiality", "status", "opened_at")
    list_filter = ("status", "urgency", "confidentiality", "opened_at")
    list_select_related = ("client", "worker")
    search_fields: Any = ("number", "client__name", "client__nik")
    autocomplete_fields = ("client", "worker")
    date_hierarchy: Any = "opened_at"
    ordering: Any = ("-opened_at", "-id")


class UserAdmin(PagedAdmin):
    search_fields = ("first_name",)


class ReferralAdmin(PagedAdmin):
    list_display = ("number", "need_kind", "partner", "client", "due_at", "state")
    list_filter = ("state", "need_kind", "due_at", "created_at")
    list_select_related = ("case__client", "partner", "need_kind")
    search_fields: Any = ("number", "case__client__name", "case__client__nik")
    autocomplete_fields = ("case", "partner")
    date_hierarchy: Any = "created_at"

    @admin.display(ordering="case__client__name")
    def client(self, referral: models.Referral) -> str:
        return str(referral.case.client)


class EventAdmin(PagedAdmin):
    list_display = ("occurred_at", "kind", "actor_name", "source")
    ordering: Any = ("-occurred_at", "-id")


if settings.TUNED:
    # On PostgreSQL `search_text` has a trigram index; Django's case-insensitive comparison of names uses
    # none.
    ClientAdmin.search_fields = ("search_text__contains",)
    CaseAdmin.search_fields = ("search_text__contains",)
    ReferralAdmin.search_fields = ("search_text__contains",)
    for one in (ClientAdmin, CaseAdmin, ReferralAdmin):
        one.date_hierarchy = None

for model, shown in (
    (models.Kelurahan, NamedAdmin),
    (models.Partner, NamedAdmin),
    (models.NeedKind, NamedAdmin),
    (models.User, UserAdmin),
    (models.Household, HouseholdAdmin),
    (models.Client, ClientAdmin),
    (models.CaseFile, CaseAdmin),
    (models.Referral, ReferralAdmin),
    (models.CaseEvent, EventAdmin),
):
    admin.site.register(model, shown)
