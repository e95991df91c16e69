"""What an archive is without its network: a catalogue that follows a folder, and queries that it answers.

`find` and `instances` are what others use, over DIMSE or over HTTP; `Catalogue` knows what lies in the folder.
From the outside in: `asking` takes data sets of pydicom; `query` sorts keys into what has to match and what
comes back; `search` walks through the levels; `answers` compares and collects; `matching` and `date_times` are
the rules for values. `worklist` answers from a folder of texts with the same rules.
"""

from dicomkit.archive.asking import find, instances
from dicomkit.archive.catalogue import Catalogue
from dicomkit.archive.entities import Instance, Series, Study
from dicomkit.archive.levels import Level, Model
from dicomkit.archive.query_error import QueryError
from dicomkit.archive.worklist import Worklist

__all__ = [
    "Catalogue",
    "Instance",
    "Level",
    "Model",
    "QueryError",
    "Series",
    "Study",
    "Worklist",
    "find",
    "instances",
]
