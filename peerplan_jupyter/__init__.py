"""Review what AI agents plan and prove, together, in Jupyter and git."""
