"""Coordination: a team works on agent tasks with nothing but git."""
