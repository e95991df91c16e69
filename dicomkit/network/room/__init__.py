"""The room: one receiver for a class. It authenticates each attendee, and accepts only data that identify nobody."""

from dicomkit.network.room.limits import Limits
from dicomkit.network.room.progress import ClassProgress, Step
from dicomkit.network.room.room import Room
from dicomkit.network.room.seat import Seat
from dicomkit.network.room.wall import Wall, WallRow

__all__ = ["ClassProgress", "Limits", "Room", "Seat", "Step", "Wall", "WallRow"]
