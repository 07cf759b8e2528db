"""The MCP server: what an agent can see and do."""
