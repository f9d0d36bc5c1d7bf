"""Programs for those who look after the guide; the package that readers install has none."""
