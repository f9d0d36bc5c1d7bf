"""Tell a package where its guide is published; hatchling runs this file when it builds one."""

import os
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# As in mkdocs.yml.
_VARIABLES = {"Documentation": "SITE_URL", "Source": "REPO_URL"}


class Addresses(MetadataHookInterface):
    """Adds the addresses that the environment names, if it does."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the addresses of the project.

        Args:
            metadata: The table `project` of pyproject.toml.
        """
        addresses = {name: os.environ.get(key, "") for name, key in _VARIABLES.items()}
        metadata["urls"] = {name: url for name, url in addresses.items() if url}
