"""Who runs what: the guard of one person, the lease among several, the lease across machines."""
