"""The lines that point a client at OKX do: a proxy that stands before the internet sees it."""

import subprocess
from pathlib import Path

import pytest

from okx_guide.sandbox import PRACTICE_KEY
from scripts.docs.clients import Client, load_clients
from tests.support.clients import run_client
from tests.support.decoy import Call, start_decoy
from tests.support.languages import CLIENT_KITS, find_missing_tools
from tests.support.patience import SECONDS
from tests.support.tools import require_program, require_tools

HOST = "openapi.okx.com"
PATH = "/api/v5/account/config"
# The blocks of the others are run by their pages, and print the address.
CLIENTS = [
    client
    for client in load_clients()
    if client.kit and client.name not in ("python-okx", "ccxt, Python", "okx-trade-cli")
]


def name_client(client: Client) -> str:
    return client.name


@pytest.mark.parametrize(("place", "demo"), [("demo", True), ("live", False)])
@pytest.mark.parametrize("client", CLIENTS, ids=name_client)
def test_a_client_is_pointed_at_okx(client: Client, place: str, demo: bool, tmp_path: Path) -> None:
    kit = CLIENT_KITS[client.kit]
    require_tools(kit, find_missing_tools(kit))
    with start_decoy(tmp_path, HOST) as decoy:
        variables = {
            "OKX_API_KEY": PRACTICE_KEY.api_key,
            "OKX_SECRET_KEY": PRACTICE_KEY.secret_key,
            "OKX_PASSPHRASE": PRACTICE_KEY.passphrase,
            "HTTPS_PROXY": decoy.url,
            "NODE_EXTRA_CA_CERTS": str(decoy.authority),
            "SSL_CERT_FILE": str(decoy.authority),
            "JAVA_TOOL_OPTIONS": (
                f"-Djavax.net.ssl.trustStore={tmp_path / 'store'} "
                "-Djavax.net.ssl.trustStorePassword=changeit"
            ),
        }
        if client.kit == "java":
            trust(decoy.authority, tmp_path / "store")
        run_client(client, variables, tmp_path, place)

    assert decoy.calls == [Call(f"{HOST}:443", PATH, demo)]


def trust(authority: Path, store: Path) -> None:
    """Write the store that Java reads authorities from."""
    command = [require_program("keytool"), "-importcert", "-noprompt", "-alias", "decoy"]
    files = ["-file", str(authority), "-keystore", str(store), "-storepass", "changeit"]
    subprocess.run([*command, *files], capture_output=True, timeout=SECONDS, check=True)
