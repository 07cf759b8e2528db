"""Gates: who lets a phase pass: its command, a judging command, or people in a plan review."""
