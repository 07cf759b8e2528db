"""`peerplan demo`: the whole review loop in a scratch repository."""
