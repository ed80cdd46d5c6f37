# SPDX-License-Identifier: GPL-3.0-or-later
"""The package list: whole or not at all, from a folder or a server."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from adapters.config import packagelist
from adapters.config.packagelist import load
from adapters.errors import DependencyDown
from domain.errors import EbsError, Invalid, NotFound
from domain.policy import PackageList, PackageListSource

ELN = "view-source-package-name-list--view-eln.txt"
Answer = Callable[[BaseHTTPRequestHandler], None]


def source(resolver: object, *, view: str = "eln", part: str = "source") -> PackageListSource:
    """A source, views and parts separated by blanks."""
    return PackageListSource(
        view=tuple(view.split()), source=tuple(part.split()), content_resolver=str(resolver)
    )


def write(folder: Path, **lists: str) -> None:
    """Write lists, named view__part."""
    for name, names in lists.items():
        view, _, part = name.partition("__")
        (folder / f"view-{part}-package-name-list--view-{view}.txt").write_text(names)


class TestFolder:
    def test_no_source_is_an_empty_list(self) -> None:
        """A policy of overrides alone has no package list."""
        assert load(None) == PackageList()

    @pytest.mark.parametrize("form", ["{}", "{}/", "file:{}", "file://{}/"])
    def test_a_folder_holds_the_lists(self, tmp_path: Path, form: str) -> None:
        """A path or file: URL leads to a folder with files of Content Resolver's names."""
        write(tmp_path, eln__source="bash\nzsh\n")

        assert load(source(form.format(tmp_path))).views == {"bash": "eln", "zsh": "eln"}

    def test_a_url_may_be_escaped(self, tmp_path: Path) -> None:
        """A file: URL may hold escapes."""
        folder = tmp_path / "my lists"
        folder.mkdir()
        write(folder, eln__source="bash")

        assert load(source(f"file://{quote(str(folder))}")).views == {"bash": "eln"}

    def test_the_first_listed_view_wins(self, tmp_path: Path) -> None:
        """Every source of every view counts; a name belongs to the first-listed view with it."""
        write(
            tmp_path, a__source="one\ntwo", a__build="three", b__source="two", b__build="four\none"
        )

        assert load(source(tmp_path, view="b a", part="source build")).views == {
            "two": "b",
            "four": "b",
            "one": "b",
            "three": "a",
        }

    def test_blank_lines_and_trailing_space_are_dropped(self, tmp_path: Path) -> None:
        """Blank lines, trailing space, DOS line ends and UTF-8's mark are no part of a name."""
        write(tmp_path, eln__source="\ufeffbash \r\n\n  \t\nzsh\r\nlast")

        assert set(load(source(tmp_path)).views) == {"bash", "zsh", "last"}

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"bash\n\n<b>zsh</b>\n", "line 3"),
            (b"bash\n zsh\n", "line 2"),
            (b"bash\nzsh 5.9\n", "line 2"),
            (b"bash\nz\0sh\n", "line 2"),
            (b"bash\nz\xffsh\n", r"line 2: 'z\\\\xffsh'"),
            (b"bash\nz\xe2\x80\xa8sh\n", "line 2"),
            (b"", "names no package"),
            (b"\n \n", "names no package"),
            (b"\n<!DOCTYPE html>\n<html>", "HTML"),
        ],
    )
    def test_a_bad_list_is_refused_whole(self, tmp_path: Path, content: bytes, why: str) -> None:
        """An invalid name, an empty list or a page in place of a list names list and line."""
        (tmp_path / ELN).write_bytes(content)

        with pytest.raises(Invalid, match=why) as refused:
            load(source(tmp_path))

        assert ELN in str(refused.value)
        assert refused.value.do

    def test_a_missing_list_is_refused(self, tmp_path: Path) -> None:
        """One list missing of several is an error naming it, not a shorter list."""
        write(tmp_path, eln__source="bash")

        with pytest.raises(NotFound, match="view-build-package-name-list--view-eln"):
            load(source(tmp_path, part="source build"))

    def test_an_endless_list_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A list beyond the limit is refused."""
        monkeypatch.setattr(packagelist, "LIMIT", 10)
        write(tmp_path, eln__source="bash\nzsh\nfish\n")

        with pytest.raises(Invalid, match="longer than 10"):
            load(source(tmp_path))

    @pytest.mark.parametrize(
        "resolver", ["ftp://host/lists", "gopher://x", "file://elsewhere/x", "file://[x"]
    )
    def test_other_schemes_are_refused(self, resolver: str) -> None:
        """Only https, http and files here are read."""
        with pytest.raises(Invalid):
            load(source(resolver))


class Handler(BaseHTTPRequestHandler):
    """Answers as the test says."""

    def __init__(self, answer: Answer, *args: object) -> None:
        self._answer = answer
        super().__init__(*args)  # type: ignore[arg-type] # whatever the server gives

    def do_GET(self) -> None:
        """Answer."""
        self._answer(self)

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Starts servers; gives their address."""
    servers: list[tuple[HTTPServer, threading.Thread]] = []

    def start(answer: Answer) -> str:
        server = HTTPServer(("127.0.0.1", 0), partial(Handler, answer))
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


def saying(status: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


Serve = Callable[[Answer], str]


class TestServer:
    def test_a_server_gives_the_lists(self, serve: Serve) -> None:
        """The lists are fetched below content_resolver, by Content Resolver's names."""
        asked: list[str] = []

        def answer(handler: BaseHTTPRequestHandler) -> None:
            asked.append(handler.path)
            saying(200, b"bash\n")(handler)

        assert load(source(f"{serve(answer)}/lists/")).views == {"bash": "eln"}
        assert asked == [f"/lists/{ELN}"]

    @pytest.mark.parametrize(
        ("answer", "error"),
        [
            (saying(404), NotFound),
            (saying(410), NotFound),
            (saying(500), DependencyDown),
            (saying(403), DependencyDown),
            (saying(200, b"<html>please log in</html>"), Invalid),
            (saying(200, b""), Invalid),
            (saying(302, Location="file:///etc/passwd"), Invalid),
            (saying(302, Location="ftp://elsewhere/list"), Invalid),
            (saying(302, Location="/again"), DependencyDown),
        ],
        ids=[
            "missing",
            "gone",
            "broken",
            "forbidden",
            "page",
            "empty",
            "to-a-file",
            "to-ftp",
            "in-circles",
        ],
    )
    def test_what_is_no_list_is_an_error(
        self, serve: Serve, answer: Answer, error: type[EbsError]
    ) -> None:
        """Missing is not found; a server in trouble is down; a page or nothing is invalid."""
        with pytest.raises(error) as refused:
            load(source(serve(answer)))

        assert ELN in str(refused.value)

    def test_a_redirect_may_not_leave_the_scheme(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What was asked for by https is not taken from http, nor the other way round."""
        plain = serve(saying(200, b"bash\n"))

        with pytest.raises(Invalid, match="redirects"):
            packagelist._downloaded(f"{plain}/{ELN}", "https")

    def test_a_redirect_within_the_scheme_is_followed(self, serve: Serve) -> None:
        """A list that moved is found."""
        moved = serve(saying(200, b"bash\n"))

        assert load(source(serve(saying(301, Location=f"{moved}/x")))).views == {"bash": "eln"}

    def test_a_body_cut_short_is_an_error(self, serve: Serve) -> None:
        """A connection that breaks off gives no shorter list."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Length", "100")
            handler.end_headers()
            handler.wfile.write(b"bash\n")

        with pytest.raises(DependencyDown):
            load(source(serve(answer)))

    def test_an_endless_body_is_refused(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No more than the limit is read."""
        monkeypatch.setattr(packagelist, "LIMIT", 10)

        with pytest.raises(Invalid, match="longer than 10"):
            load(source(serve(saying(200, b"bash\n" * 100))))

    def test_a_server_that_trickles_is_down(
        self, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The time-out bounds the whole list, not each byte of it."""
        ticks = iter(range(0, 10_000, 100))
        monkeypatch.setattr("adapters.config.packagelist.time.monotonic", lambda: next(ticks))

        with pytest.raises(DependencyDown, match="within 30 s"):
            load(source(serve(saying(200, b"bash\n"))))

    def test_an_unreachable_server_is_down(self) -> None:
        """Nobody listening is a dependency that is down."""
        with pytest.raises(DependencyDown):
            load(source("http://127.0.0.1:9"))

    @pytest.mark.parametrize(
        "resolver", ["https://", "http://[::1", "http://a b", "http://.example"]
    )
    def test_an_address_that_is_none_is_invalid(self, resolver: str) -> None:
        """A broken address is the policy's fault, and waiting does not mend it."""
        with pytest.raises(Invalid):
            load(source(resolver))
