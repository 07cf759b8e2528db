"""The room of one plan as a mesh of peers; `docs/mesh.md` says what they agree on."""
