"""Looking after: what runs leave behind, and what stands in their way."""
