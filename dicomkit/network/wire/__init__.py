"""The protocol of an association: PDUs, negotiation, DIMSE messages, and what moves their bytes."""
