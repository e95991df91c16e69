"""Where a received instance lies on disk: ``PREFIX_<StudyInstanceUID>/<SOPInstanceUID>.dcm``.

The receiver writes here and the study watcher looks here. Three promises make the folder one that both
can rely on:

- A name ending in ``.dcm`` is a whole file. Bytes are collected under a temporary name; the complete file gets
  its own in one step of the system, which fails if somebody has that name, also another program.
- The data set is kept as it came, byte for byte. Only the preamble and group 0002 are written here.
- Nothing is overwritten. The same instance again is fine and changes nothing; other content under the
  same SOP Instance UID is laid aside, because two instances must never share a UID. Only a file that is
  empty or cut off, as after a power cut, is moved aside for the whole instance.
"""

from dicomkit.instance_store.incoming import IncomingInstance
from dicomkit.instance_store.store import InstanceStore
from dicomkit.instance_store.stored_file import StoredFile

__all__ = ["IncomingInstance", "InstanceStore", "StoredFile"]
