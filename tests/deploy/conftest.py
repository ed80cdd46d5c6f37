# SPDX-License-Identifier: GPL-3.0-or-later
"""What deploy/ is held against: the service as it runs."""

from contextlib import closing

import pytest

from tests.adapters.cli.conftest import World
from tests.deploy.scraping import Scraped, of_process, of_verify, of_web_side
from tests.fixtures.bus import Bus
from tests.fixtures.fix_store import Cluster
from tests.fixtures.needed import needed


@pytest.fixture(scope="session")
def scraped(cluster: Cluster, amqp_url: str, tmp_path_factory: pytest.TempPathFactory) -> Scraped:
    """What the roles of the service export."""
    found, folder = Scraped(), tmp_path_factory.mktemp("scraped")
    with (
        closing(cluster.create(template=cluster.migrated)) as database,
        closing(Bus(amqp_url, folder).declare()) as bus,
    ):
        of_web_side(found, database)
        env = {"EBS_DATABASE_URL": database.conninfo, "EBS_STATE_DIR": str(folder)}
        answered = "ebs_web_request_duration_seconds_count"
        of_process(found, "serve", "--port", "0", env=env, until_told=answered)
        of_process(found, "work", env=env, until_told="ebs_pass_duration_seconds_count")
        bus.publish([World(folder).message("bash", 1)])
        heard = "ebs_bus_message_duration_seconds_count"
        conf = ("--fedora-messaging-conf", str(bus.conf))
        of_process(found, "consume", *conf, env=env, until_told=heard)
        of_verify(found, folder / "ebs.prom", env)
    found.declare()
    return found


@pytest.fixture
def promtool() -> str:
    """Prometheus' own tool."""
    return needed("observability", "promtool")


@pytest.fixture
def promserver() -> str:
    """Prometheus itself."""
    return needed("observability", "prometheus")
