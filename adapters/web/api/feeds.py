# SPDX-License-Identifier: GPL-3.0-or-later
"""What is new, for feed readers: as JSON Feed 1.1 and as Atom (RFC 4287)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree as Xml

import msgspec
from fastapi import APIRouter, Request, Response
from msgspec import Struct

from adapters.errors import DependencyDown
from adapters.service.journal import View
from adapters.web.api.openapi import reads
from adapters.web.api.reads import Name
from adapters.web.site import Here, Site
from domain.batch import Batch
from domain.errors import Invalid, NotFound, Refused
from domain.package import stream as package_stream
from domain.policy import Names, Policy
from domain.values import package_name
from projections.story import Step, tell

SHOWN: Final = 50
"""Entries of a feed."""

ATOM: Final = "application/atom+xml"
JSON_FEED: Final = "application/feed+json"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"

OUTCOMES: Final = frozenset({"queued", "built", "ended"})
"""The events of a package that a feed tells: what is decided to be built, and what came of it."""

router = APIRouter(prefix="/api/v1/feeds", default_response_class=Response)


class Item(Struct, frozen=True):
    """One thing that is new; ``id`` is an address that never changes."""

    id: str
    url: str
    title: str
    content_text: str
    date_published: datetime


class Feed(Struct, frozen=True):
    """A JSON Feed."""

    version: str
    title: str
    home_page_url: str
    feed_url: str
    items: tuple[Item, ...]


Gather = Callable[[View], Iterable[Item]]

_ERRORS: Final = (Invalid, NotFound, Refused, DependencyDown)
_ITEM: Final = {
    "id": "https://ebs.example/api/v1/batches/7",
    "url": "https://ebs.example/api/v1/batches/7",
    "title": "Batch 7 is finished: 1 of 1 built",
    "content_text": "bash: bash-5.2.26-4.eln142",
    "date_published": "2024-08-14T00:00:00Z",
}
_FEED: Final = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Batches of ELNBuildSync",
    "home_page_url": "https://ebs.example/",
    "feed_url": "https://ebs.example/api/v1/feeds/batches.json",
    "items": [_ITEM],
}
_AS_JSON: Final[Any] = reads(Feed, _FEED, *_ERRORS, media_type=JSON_FEED)
_AS_ATOM: Final[Any] = reads(str, "<feed>…</feed>", *_ERRORS, media_type=ATOM)


@router.get("/batches.json", responses=_AS_JSON)
def batches_json(site: Here, request: Request) -> Response:
    """Tell the finished batches as a JSON Feed."""
    return _json(site, request, "Batches of ELNBuildSync", lambda view: _batches(view, site))


@router.get("/batches.atom", responses=_AS_ATOM)
def batches_atom(site: Here, request: Request) -> Response:
    """Tell the finished batches as an Atom feed."""
    return _atom(site, request, "Batches of ELNBuildSync", lambda view: _batches(view, site))


@router.get("/packages/{name}.json", responses=_AS_JSON)
def package_json(site: Here, request: Request, name: Name) -> Response:
    """Tell what was decided on a package, and what came of it, as a JSON Feed."""
    title = f"{package_name(name)} in ELNBuildSync"
    return _json(site, request, title, lambda view: _package(view, site, name))


@router.get("/packages/{name}.atom", responses=_AS_ATOM)
def package_atom(site: Here, request: Request, name: Name) -> Response:
    """Tell what was decided on a package, and what came of it, as an Atom feed."""
    title = f"{package_name(name)} in ELNBuildSync"
    return _atom(site, request, title, lambda view: _package(view, site, name))


# --- what is told -------------------------------------------------------------------------------


def _batches(view: View, site: Site) -> Iterator[Item]:
    for batch in reversed(view.last_batches(SHOWN)):
        if batch.ended_at is not None:
            yield _finished(batch, batch.ended_at, site)


def _finished(batch: Batch, at: datetime, site: Site) -> Item:
    address = f"{site.origin}/batches/{batch.number}"
    how = "abandoned" if batch.abandoned is not None else "finished"
    lines = (
        f"{item.planned.package}: {item.downstream_nvr or item.outcome or 'not built'}"
        for item in batch.items.values()
    )
    title = f"Batch {batch.number} is {how}: {batch.built} of {len(batch.items)} built"
    return Item(address, address, title, "\n".join(lines), at)


def _package(view: View, site: Site, name: str) -> Iterator[Item]:
    configured = view.service.configured
    names = Names(configured.policy or Policy(""), configured.packages.views)
    package = names.upstream(name)
    if package not in names.targets and not view.package(package).version:
        raise NotFound(f"the package {name} is not known here", do="check the spelling")
    steps = [*tell(site.app.log.stream(package_stream(package)))]
    told = (step for step in reversed(steps) if step.event in OUTCOMES)
    for _, step in zip(range(SHOWN), told, strict=False):
        yield _step(package, step, site)


def _step(package: str, step: Step, site: Site) -> Item:
    address = f"{site.origin}/api/v1/events?after={step.position - 1}&limit=1"
    page = f"{site.origin}/packages/{quote(package, safe='')}?build={step.build_id}"
    title = f"{step.nvr or step.build_id}: {step.told}"
    return Item(address, page, title, step.reason or "", step.at)


# --- how it is told -----------------------------------------------------------------------------


def _json(site: Site, request: Request, title: str, gather: Gather) -> Response:
    def told(view: View) -> bytes:
        version, home = _FEED["version"], f"{site.origin}/"
        own = f"{site.origin}{request.url.path}"
        return msgspec.json.encode(Feed(str(version), title, home, own, tuple(gather(view))))

    return site.answers.tell(request, told, media_type=JSON_FEED)


def _atom(site: Site, request: Request, title: str, gather: Gather) -> Response:
    def told(view: View) -> bytes:
        items = [*gather(view)]
        newest = max((item.date_published for item in items), default=site.app.clock())
        own = f"{site.origin}{request.url.path}"
        feed = Xml.Element("feed", xmlns=_NAMESPACE)
        _fill(feed, id=own, title=title, updated=newest.isoformat())
        Xml.SubElement(feed, "link", rel="self", href=own)
        _fill(Xml.SubElement(feed, "author"), name="ebs")
        for item in items:
            _add(feed, item)
        atom: bytes = Xml.tostring(feed, encoding="utf-8", xml_declaration=True)
        return atom

    return site.answers.tell(request, told, media_type=ATOM)


def _add(feed: Xml.Element, item: Item) -> None:
    entry = Xml.SubElement(feed, "entry")
    at = item.date_published.isoformat()
    _fill(entry, id=item.id, title=item.title, updated=at, published=at, content=item.content_text)
    Xml.SubElement(entry, "link", href=item.url)


def _fill(element: Xml.Element, **texts: str) -> None:
    for name, text in texts.items():
        # XML has no way to write most control characters, not even escaped.
        shown = (c for c in text if c.isprintable() or c == "\n")
        Xml.SubElement(element, name).text = "".join(shown)
