"""Where plans rest: journal, plan branch, plan URLs."""
