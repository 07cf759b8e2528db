"""A team's server: it is told who runs what, and shows it. It decides nothing."""
