# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the pages that the docs show, of the story that the tests look at."""

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from adapters.store.embedded import open_database
from tests.browser.looking import SCREEN, USUAL, Way, launched
from tests.browser.pages import PAGES
from tests.browser.site import Site, ada, served
from tests.browser.story import played
from tests.fixtures.fix_store import Cluster

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER: Final = Path(__file__).parents[2] / "deploy" / "docs" / "pages"
DARK: Final = Way("dark", SCREEN, scripts=True)
IN_THE_DARK: Final = ("batch", "timeline")


def main() -> None:
    """Write a picture of each page, as an administrator sees it."""
    FOLDER.mkdir(exist_ok=True)
    with (
        TemporaryDirectory(prefix="ebs-") as folder,
        closing(open_database(Path(folder))) as server,
        closing(Cluster(server.owner_conninfo, user="ebs")) as cluster,
        launched() as browser,
        played(cluster) as story,
        closing(cluster.create(template=story)) as database,
        served(Path(folder), database) as site,
    ):
        for name in PAGES:
            _picture(browser, site, name)


def _picture(browser: "Browser", site: Site, name: str) -> None:
    with ada(browser, site, DARK if name in IN_THE_DARK else USUAL) as look:
        look.open(site.path(name))
        file = FOLDER / f"{name}.webp"
        look.small_picture(file)
        print(f"{file.name}: {file.stat().st_size / 1_000:.0f} kB")


if __name__ == "__main__":
    main()
