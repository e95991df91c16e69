"""Received instances on disk: ``PREFIX_<StudyInstanceUID>/<SOPInstanceUID>.dcm``.

The receiver writes this folder and the study watcher reads it. Both can rely on three rules:

- A file with a name in ``.dcm`` is complete. Bytes are collected under a temporary name; the complete file is renamed
  atomically, which fails if the name exists, even if another program has just made it.
- The data set is stored as it was received, byte for byte. Only the preamble and group 0002 are added.
- Nothing is overwritten. The same instance again changes nothing; another data set under the same SOP Instance UID
  is stored under another name, because two instances must never share a UID. Only a file that is empty or truncated,
  as after a power cut, is moved aside for the complete instance.
"""

from dicomkit.instance_store.incoming import IncomingInstance, StoredFile
from dicomkit.instance_store.store import InstanceStore

__all__ = ["IncomingInstance", "InstanceStore", "StoredFile"]
