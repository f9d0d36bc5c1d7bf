"""The watch: say which facts may have moved, because the page that they rest on has."""
