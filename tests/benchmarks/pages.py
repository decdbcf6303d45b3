"""The measured pages: their paths in the portal, in Django admin and in the raw SQL application."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.benchmarks.offices import Office

PathBuilder = Callable[[Office], str]
PAGE_SIZE = 25


@dataclass(frozen=True)
class Page:
    """One page and its path on each kind of server; None if that has no such page."""

    name: str
    portal: PathBuilder
    django: PathBuilder | None = None
    """Path in the plain admin."""
    tuned: PathBuilder | None = None
    """Path in the tuned admin, if it differs."""
    limit: PathBuilder | None = None

    def path(self, kind: str, office: Office) -> str | None:
        """Return the path on a server of this kind."""
        builders: dict[str, PathBuilder | None] = {
            "portal": self.portal,
            "django": self.django,
            "tuned": self.tuned or self.django,
            "limit": self.limit,
        }
        build = builders[kind]
        return None if build is None else build(office)


def _client_list(**arguments: object) -> PathBuilder:
    return lambda _office: f"/clients/list/?{urlencode(arguments)}"


def _admin_list(model: str, **arguments: object) -> PathBuilder:
    return lambda _office: f"/admin/office/{model}/?{urlencode(arguments)}"


def _raw_sql_page(name: str, **arguments: object) -> PathBuilder:
    return lambda _office: f"/{name}?{urlencode(arguments)}"


def _search_page(name: str, words: str) -> Page:
    return Page(
        name, _client_list(q=words), _admin_list("client", q=words), limit=_raw_sql_page("search", q=words)
    )


PAGES = (
    Page("client list, first page", _client_list(), _admin_list("client"), limit=_raw_sql_page("clients")),
    Page(
        "last page (from the end)",
        _client_list(_oc_ClientView="id", _od_ClientView="asc"),
        lambda office: f"/admin/office/client/?p={(office.clients - 1) // PAGE_SIZE + 1}",
        tuned=_admin_list("client", o="1"),
        limit=_raw_sql_page("last"),
    ),
    Page(
        "middle (as far as one pages)",
        _client_list(page_ClientView=99),
        lambda office: f"/admin/office/client/?p={office.clients // PAGE_SIZE // 2}",
        tuned=_admin_list("client", p="100"),
        limit=_raw_sql_page("middle"),
    ),
    Page(
        "sorted by name",
        _client_list(_oc_ClientView="label", _od_ClientView="asc"),
        _admin_list("client", o="2"),
        limit=_raw_sql_page("sorted"),
    ),
    _search_page("search, common part of a name", "siti"),
    _search_page("search, rare pair of words", "wa ode"),
    Page(
        "search, exact NIK",
        lambda office: f"/clients/list/?q={office.nik}",
        lambda office: f"/admin/office/client/?q={office.nik}",
        limit=lambda office: f"/nik?nik={office.nik}",
    ),
    Page(
        "filter, status and kelurahan",
        lambda office: f"/clients/list/?_flt_0_identity_status=verified&_flt_0_kelurahan={office.kelurahan}",
        lambda office: (
            f"/admin/office/client/?identity_status__exact=verified&kelurahan__id__exact={office.kelurahan}"
        ),
        limit=lambda office: f"/filter?kelurahan={office.kelurahan}",
    ),
    Page(
        "case list",
        lambda _office: "/cases/list/",
        _admin_list("casefile"),
        limit=_raw_sql_page("cases"),
    ),
    Page(
        "case edit form",
        lambda office: f"/cases/edit/{office.case}",
        lambda office: f"/admin/office/casefile/{office.case}/change/",
        limit=lambda office: f"/case?case={office.case}",
    ),
    Page(
        "referral queue",
        lambda _office: "/referrals/list/",
        _admin_list("referral"),
        limit=_raw_sql_page("referrals"),
    ),
    Page(
        "timeline of the longest case",
        lambda office: f"/cases/{office.long_case}/timeline",
        lambda office: f"/admin/office/caseevent/?case__id__exact={office.long_case}",
        limit=lambda office: f"/timeline?case={office.long_case}",
    ),
    Page(
        "type-ahead for a client",
        lambda _office: "/api/v1/options/clients?q=siti",
        lambda _office: (
            "/admin/autocomplete/?app_label=office&model_name=casefile&field_name=client&term=siti"
        ),
        limit=_raw_sql_page("options", q="siti"),
    ),
    Page("first page after log-in", lambda _office: "/"),
)
