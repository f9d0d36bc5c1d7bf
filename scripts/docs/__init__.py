"""What is written into the pages, and what says that they have aged."""
