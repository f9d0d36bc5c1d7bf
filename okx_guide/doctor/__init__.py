"""Is my key fit for use? A list of checks, each with its cause and what to do.

`checkup` runs all checks. A page of the guide, which has no sockets, imports `audit` alone.
"""
