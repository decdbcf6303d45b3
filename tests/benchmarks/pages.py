"""The pages that are asked for, at the portal and at whoever it is measured against."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.benchmarks.offices import Office

Address = Callable[[Office], str]
ROWS = 25


@dataclass(frozen=True)
class Page:
    """One page under its addresses; None: there is no such thing there."""

    name: str
    portal: Address
    django: Address | None = None
    """Of the plain admin."""
    tuned: Address | None = None
    """Where the tuned one has another address."""
    limit: Address | None = None

    def address(self, kind: str, office: Office) -> str | None:
        """Where a server of that kind has it."""
        own: dict[str, Address | None] = {
            "portal": self.portal,
            "django": self.django,
            "tuned": self.tuned or self.django,
            "limit": self.limit,
        }
        made = own[kind]
        return None if made is None else made(office)


def _list(**arguments: object) -> Address:
    return lambda _office: f"/clients/list/?{urlencode(arguments)}"


def _admin(model: str, **arguments: object) -> Address:
    return lambda _office: f"/admin/office/{model}/?{urlencode(arguments)}"


def _limit(name: str, **arguments: object) -> Address:
    return lambda _office: f"/{name}?{urlencode(arguments)}"


def _search(name: str, words: str) -> Page:
    return Page(name, _list(q=words), _admin("client", q=words), limit=_limit("search", q=words))


PAGES = (
    Page("client list, first page", _list(), _admin("client"), limit=_limit("clients")),
    Page(
        "last page (from the end)",
        _list(_oc_ClientView="id", _od_ClientView="asc"),
        lambda office: f"/admin/office/client/?p={(office.clients - 1) // ROWS + 1}",
        tuned=_admin("client", o="1"),
        limit=_limit("last"),
    ),
    Page(
        "middle (as far as one pages)",
        _list(page_ClientView=99),
        lambda office: f"/admin/office/client/?p={office.clients // ROWS // 2}",
        tuned=_admin("client", p="100"),
        limit=_limit("middle"),
    ),
    Page(
        "sorted by name",
        _list(_oc_ClientView="label", _od_ClientView="asc"),
        _admin("client", o="2"),
        limit=_limit("sorted"),
    ),
    _search("search, common part of a name", "siti"),
    _search("search, rare pair of words", "wa ode"),
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
        _admin("casefile"),
        limit=_limit("cases"),
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
        _admin("referral"),
        limit=_limit("referrals"),
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
        limit=_limit("options", q="siti"),
    ),
    Page("first page after log-in", lambda _office: "/"),
)
