# SPDX-License-Identifier: GPL-3.0-or-later
"""What search engines are asked to leave: what is made anew for each address, and has no end."""

from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import PlainTextResponse

RULES: Final = """\
# The board, and a page for each package and batch; not their every order, filter and past.
User-agent: *
Disallow: /*?
Disallow: /api/
Disallow: /events
Disallow: /live
Disallow: /login
Disallow: /timeline
"""

router = APIRouter(include_in_schema=False)


@router.get("/robots.txt")
async def robots() -> Response:
    """Ask them to (RFC 9309)."""
    return PlainTextResponse(RULES)
