"""Generate parts of the pages, and find what is out of date in them."""
