# SPDX-License-Identifier: GPL-3.0-or-later
"""What pages load: a style, scripts, a mark; each under a name that changes with its content."""

from functools import cache
from hashlib import sha256
from os import PathLike, stat_result
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

HERE: Final = Path(__file__).with_name("static")
ELSEWHERE: Final = [("adapters.timeline", "static")]
"""Packages, and their folders, that bring more."""

AT: Final = "/static"
FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def static(name: str) -> str:
    """Return the address of a file, which names its content. Raises where there is none."""
    path, found = Static().lookup_path(name)
    if found is None:
        raise FileNotFoundError(name)
    return f"{AT}/{name}?v={_digest(Path(path))}"


@cache
def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()[:12]


class Static(StaticFiles):
    """Serves them: whoever asks by content may keep it for ever, others ask whether it changed."""

    def __init__(self) -> None:
        super().__init__(directory=HERE, packages=[*ELSEWHERE])

    def file_response(
        self,
        full_path: str | PathLike[str],
        stat_result: stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Answer with a file."""
        answer = super().file_response(full_path, stat_result, scope, status_code)
        [asked] = parse_qs(scope["query_string"].decode()).get("v", [""])[:1]
        same = asked == _digest(Path(full_path))
        answer.headers["Cache-Control"] = FOR_EVER if same else "no-cache"
        return answer
