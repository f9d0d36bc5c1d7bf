"""The watch over the sources: report facts that may have changed with their pages."""
