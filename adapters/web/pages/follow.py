# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pages that are looked at hear that the log has gone on."""

from typing import Final

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from adapters.web.site import Here

EVENTS: Final = "text/event-stream"

router = APIRouter(include_in_schema=False)


@router.get("/live")
async def live(site: Here) -> Response:
    """Tell the position of the log as server-sent events. Raises TooMany."""
    site.live.admit()
    return StreamingResponse(
        site.live.messages(),
        media_type=EVENTS,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
