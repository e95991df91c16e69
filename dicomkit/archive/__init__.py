"""An archive without its network: a catalogue that follows a folder, and queries on it.

DIMSE and DICOMweb use `find` and `instances`; `Catalogue` lists the instances in the folder. From the outside in:
`search` goes through the levels; `query` divides keys into matching keys and return keys; `answers` compares and
collects; `matching` and `date_times` hold the rules for values. `worklist` answers from a folder of dump texts with the
same rules.
"""

from dicomkit.archive.catalogue import Catalogue
from dicomkit.archive.entities import Instance, Series, Study
from dicomkit.archive.levels import Level, Model
from dicomkit.archive.query_error import QueryError
from dicomkit.archive.search import find, instances
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
