"""From the built site to what is published."""
