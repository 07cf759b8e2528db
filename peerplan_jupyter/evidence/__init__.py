"""Files that prove claims: taking them in, and knowing what they are."""
