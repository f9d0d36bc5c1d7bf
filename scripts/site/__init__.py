"""Turn the built site into the published one."""
