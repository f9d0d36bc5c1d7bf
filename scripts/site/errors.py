"""What keeps a site from being published, and how the programs for it say so."""

from click import ClickException


class SiteError(ClickException):
    """The built site has something that must not be published.

    A program shows the message, without a traceback, and ends with 1; so does MkDocs.
    """
