"""DICOM on the web (PS3.18): an archive's studies over HTTP, on this computer only.

From the outside in: `server` owns the thread and the socket; `handlers` and `answer_handlers` speak HTTP, on Tornado;
everything else turns a request into an `Answer` without I/O: `searching` (QIDO-RS), `retrieving`, `frames` and
`pictures` (WADO-RS), `uploads` and `storing` (STOW-RS). `accept_header` chooses a media type, `multipart` parses and writes
bodies, `json_model` writes attributes as JSON, `web_log` keeps requests and answers.
"""
