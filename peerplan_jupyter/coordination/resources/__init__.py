"""Prompts, skills and templates: a person's own before the team's, and those before the builtin."""
