"""The error that keeps a site from being published."""

from click import ClickException


class SiteError(ClickException):
    """The built site must not be published.

    A program prints the message without a traceback and exits with 1; so does MkDocs.
    """
