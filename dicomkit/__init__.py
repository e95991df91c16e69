"""dicomkit: the helper package of the DICOM workshop.

Importing it imports nothing else. A learner names the room that a thing lives in, for example
``from dicomkit.network import StorageSCP``; ``dicomkit/README.md`` is the plan of the rooms.
"""

__version__ = "0.1.0"
__all__ = ["__version__"]
