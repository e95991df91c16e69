"""Viewers: widgets that show what a file holds, in a notebook or in one offline page.

Python decides what is shown, and JavaScript draws it. Nothing that is shown is kept in a notebook.
"""

from dicomkit.viewers.anatomy import AnatomyViewer
from dicomkit.viewers.association import AssociationDiagram
from dicomkit.viewers.frame import Answer, Viewer
from dicomkit.viewers.image import ImageViewer
from dicomkit.viewers.inbox import Inbox
from dicomkit.viewers.metadata import MetadataViewer

__all__ = [
    "AnatomyViewer",
    "Answer",
    "AssociationDiagram",
    "ImageViewer",
    "Inbox",
    "MetadataViewer",
    "Viewer",
]
