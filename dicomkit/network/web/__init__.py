"""DICOM on the web (PS3.18): an archive's studies over HTTP, on this computer only.

From the outside in: `server` owns the thread and the door; `handlers` speak HTTP, on Tornado; everything behind
them makes an `Answer` of a request and knows no socket: `searching` (QIDO-RS), `retrieving`, `frames` and
`pictures` (WADO-RS), `uploads` and `storing` (STOW-RS). `accepting` chooses a media type, `multipart` takes bodies
apart and puts them together, `json_model` writes attributes as JSON, `web_log` keeps what was said.
"""
