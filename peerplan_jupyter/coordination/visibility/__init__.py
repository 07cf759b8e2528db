"""Who does what: the tasks here and those of the team, from all places that say something of them.

What was read once is kept by what it was read from, so that a list of tasks that did not change
needs neither YAML nor pydantic, whose imports alone take longer than all else.
"""
