# SPDX-License-Identifier: GPL-3.0-or-later
"""A Bodhi in memory that bodhi's own client asks over HTTP on loopback.

    with SimulatedBodhi(rawhide=41) as bodhi:
        BodhiServer(bodhi.url).rawhide_tag()         # f41
        bodhi.branch()
        BodhiServer(bodhi.url).rawhide_tag()         # f42

With a ``world`` it makes updates of that hub's side tags, and moves them to the stable tag after a
while by the world's clock; see ``updates``, which can be told what came into Rawhide together, too.
``login(folder)`` is what a client logs in with.
"""

from adapters.sandbox.bodhi.releases import release
from adapters.sandbox.bodhi.server import SimulatedBodhi
from adapters.sandbox.bodhi.updates import Update, Updates

__all__ = ["SimulatedBodhi", "Update", "Updates", "release"]
