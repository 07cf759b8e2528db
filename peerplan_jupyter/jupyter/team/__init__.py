"""The server as a team's: it shows who runs what, and the tasks of its repository."""
