"""A name drawn into unused bits of a compressed stream: the file is refused."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless

from dicomkit.errors import DeidentificationError
from dicomkit.pixels import stored_values
from dicomkit.privacy import DeidentificationKey, deidentify
from dicomkit.samples import ct_series

KEY = DeidentificationKey(b"k" * 32)
CODECS = {
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEGLosslessSV1: imagecodecs.ljpeg_encode,
    JPEG2000Lossless: lambda words: imagecodecs.jpeg2k_encode(words, level=0, codecformat="j2k"),
}


def image(syntax: str, *, signed: bool, hidden: bool, bits_stored: int = 12) -> FileDataset:
    """Return a compressed image of words of 16 bits, of which 12 are stored; a name lies in the other four, or does not."""
    made = ct_series(1, size=32)[0]
    made.BitsAllocated, made.BitsStored, made.HighBit = 16, bits_stored, bits_stored - 1
    made.PixelRepresentation = int(signed)
    values = np.arange(32 * 32).reshape(32, 32) - (500 if signed else 0)
    words = values.astype("<u2")
    if hidden:
        words[5, 3:20] ^= 0x1000
    made.file_meta.TransferSyntaxUID = syntax
    if syntax == RLELossless:
        made.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        made.PixelData = words.tobytes()
        made.BitsStored, made.HighBit = 16, 15
        made.compress(RLELossless, encoding_plugin="pydicom", generate_instance_uid=False)
        made.BitsStored, made.HighBit = bits_stored, bits_stored - 1
        return made
    made.PixelData = encapsulate([bytes(CODECS[syntax](words))])
    made["PixelData"].VR = "OB"
    made["PixelData"].is_undefined_length = True
    return made


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("syntax", [RLELossless, *CODECS], ids=lambda syntax: syntax.name)
def test_what_lies_in_bits_that_are_not_stored_is_refused_and_nothing_else_is(
    syntax: str,
    signed: bool,  # noqa: FBT001 - both cases
) -> None:
    with pytest.raises(
        DeidentificationError, match="in bits of the compressed samples that Bits Stored leaves out"
    ):
        deidentify(image(syntax, signed=signed, hidden=True), KEY, pixels_checked=True)
    clean = image(syntax, signed=signed, hidden=False)
    expected = np.arange(32 * 32).reshape(32, 32) - (500 if signed else 0)
    np.testing.assert_array_equal(stored_values(clean), expected)
    found = deidentify(clean, KEY, pixels_checked=True).dataset
    np.testing.assert_array_equal(stored_values(found), expected)


def test_where_all_bits_are_stored_nothing_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dicomkit.privacy.pixel_bytes.pixel_words", lambda *_: pytest.fail("decoded"))
    deidentify(image(JPEGLSLossless, signed=False, hidden=True, bits_stored=16), KEY, pixels_checked=True)
