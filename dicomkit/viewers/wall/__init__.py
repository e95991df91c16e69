"""The wall of a room, for the projector: who is present and what each has sent."""
