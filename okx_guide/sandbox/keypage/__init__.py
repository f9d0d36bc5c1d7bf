"""The page on which keys of the practice exchange are made."""
