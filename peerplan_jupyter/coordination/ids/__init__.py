"""Ids for tasks that nobody else gets, and what to do where two did."""
