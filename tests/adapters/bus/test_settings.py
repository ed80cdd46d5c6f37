# SPDX-License-Identifier: GPL-3.0-or-later
"""fedora-messaging's configuration: what of it a consumer of ours should know."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from fedora_messaging.config import conf

from adapters.bus import settings
from domain.errors import Invalid, NotFound

EXAMPLE = Path(__file__).parents[3] / "deploy/examples/fedora-messaging.toml"
ENDS = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def conf_restored() -> Iterator[None]:
    """The library has one configuration a process."""
    before, loaded = dict(conf), conf.loaded
    yield
    conf.clear()
    dict.update(conf, before)
    conf.loaded = loaded


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that ends some day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ebs")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(ENDS - timedelta(days=365))
        .not_valid_after(ENDS)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "client.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return file


def load(folder: Path, text: str) -> None:
    """Load a configuration."""
    file = folder / "bus.toml"
    file.write_text(text)
    settings.load(file)


def test_the_example_is_one() -> None:
    """It loads, lets through every topic of ours, and its queue outlives everybody."""
    settings.load(EXAMPLE)

    assert settings.broker() == "rabbitmq.example.com"
    assert settings.unheard() == []
    assert settings.forgetful() == []


def test_only_the_last_file_counts(tmp_path: Path) -> None:
    """What a faulty one said before is forgotten."""
    with pytest.raises(Invalid, match="unknown"):
        load(tmp_path, "unknown = 1")
    load(tmp_path, 'amqp_url = "amqp://here/"')

    assert settings.broker() == "here"


def test_the_librarys_default_loses_messages(tmp_path: Path) -> None:
    """A queue named by the broker is gone with its consumer; all topics are bound to it."""
    load(tmp_path, "")

    assert settings.forgetful() == ["(named by the broker)"]
    assert settings.unheard() == []


@pytest.mark.parametrize(
    ("keys", "unheard"),
    [
        (["#"], 0),
        (["#.buildsys.#"], 0),
        (["org.fedoraproject.prod.buildsys.#"], 0),
        (["org.fedoraproject.stg.buildsys.tag", "*.*.*.buildsys.untag"], 4),
        (["org.fedoraproject.*.buildsys.*"], 4),
        (["org.fedoraproject.prod.buildsysXtag"], 6),
        (["org.centos.#"], 6),
        ([], 6),
    ],
)
def test_which_topics_are_bound(tmp_path: Path, keys: list[str], unheard: int) -> None:
    """A star is a word, a hash any number of them, as the broker reads them."""
    load(tmp_path, f'[[bindings]]\nqueue = "q"\nexchange = "amq.topic"\nrouting_keys = {keys}')

    assert len(settings.unheard()) == unheard


def test_when_the_certificate_ends(tmp_path: Path, certificate: Path) -> None:
    """It is read from the file that the library lets us in by; without one there is no end."""
    load(tmp_path, "")
    assert settings.certificate_ends() is None
    load(tmp_path, f'[tls]\ncertfile = "{certificate}"')
    assert settings.certificate_ends() == ENDS


def test_a_certificate_that_is_none(tmp_path: Path, certificate: Path) -> None:
    """A file that is missing or no certificate is an error that names it."""
    load(tmp_path, f'[tls]\ncertfile = "{certificate}"')
    certificate.write_text("nonsense")
    with pytest.raises(Invalid, match=str(certificate)):
        settings.certificate_ends()
    certificate.unlink()
    with pytest.raises(NotFound, match=str(certificate)):
        settings.certificate_ends()


def test_files_may_be_named_by_variables(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit of systemd gets its secrets in a folder of its own, which a variable names."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(certificate.parent))
    load(tmp_path, f'[tls]\ncertfile = "$CREDENTIALS_DIRECTORY/{certificate.name}"\n')

    assert settings.certificate_ends() == ENDS
