"""The wall of a room: who is here and what each has sent, for the projector."""
