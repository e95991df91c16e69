"""The smallest study that can arrive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Instance:
    """The smallest study that can arrive."""

    name: str = "1.2.3"

    def values(self) -> dict[str, str]:
        return {"study_instance_uid": self.name, "folder": "in", "instance_count": "1", "revision": "1"}
