"""An index: what a folder, a zip or a list of files holds, one row for each.

What it finds in a file comes from the bytes; pydicom is needed only for data sets that are in memory.
"""

from __future__ import annotations

from dicomkit.index.indexing import OUTCOMES, Index, IndexRow, index
from dicomkit.index.sources import Indexable

__all__ = ["OUTCOMES", "Index", "IndexRow", "Indexable", "index"]
