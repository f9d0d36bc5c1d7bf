"""From the built site to what is published: policies, headers, copies, archive."""
