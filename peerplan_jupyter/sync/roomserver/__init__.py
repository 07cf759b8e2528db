"""The room server: introduces peers and relays between them, and sees no content."""
