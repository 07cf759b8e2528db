"""The static page of a repository's plans: made into a folder, and put on a branch."""
