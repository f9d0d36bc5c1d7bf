"""The practice exchange under load and under nonsense."""
