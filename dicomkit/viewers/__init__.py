"""Viewers: widgets that show what a file holds, in a notebook or in one offline page.

Python decides what is shown, and JavaScript draws it. Nothing that is shown is kept in a notebook.
"""

from dicomkit.viewers.anatomy.viewer import AnatomyViewer
from dicomkit.viewers.association.viewer import AssociationDiagram
from dicomkit.viewers.content.viewer import ContentViewer
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.image.viewer import ImageViewer
from dicomkit.viewers.inbox.viewer import Inbox
from dicomkit.viewers.metadata.viewer import MetadataViewer
from dicomkit.viewers.planes.viewer import PlanesViewer
from dicomkit.viewers.wall.viewer import RoomWall

__all__ = [
    "AnatomyViewer",
    "Answer",
    "AssociationDiagram",
    "ContentViewer",
    "ImageViewer",
    "Inbox",
    "MetadataViewer",
    "PlanesViewer",
    "RoomWall",
    "Viewer",
]
