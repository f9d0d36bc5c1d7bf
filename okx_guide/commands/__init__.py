"""The commands of `okx-guide`, each as thin as it can be."""
