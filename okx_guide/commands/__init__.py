"""The commands of `okx-guide`: thin wrappers around the library."""
