"""The practice exchange and the blocks of the guide, run in a page of the site.

A worker of the browser imports this package into Pyodide (scripts/site/runtime.py packs it).
Nothing here needs the browser, so the tests import it too.
"""
