"""What people type in the exercises of notebooks 03 to 05, and what they are told: PASS, TODO, or a RETRY with these words."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dicomkit.lessons import checkpoint
from dicomkit.lessons.catalogue import find_exercise
from tests.support.lesson_answers import answer_of
from tests.support.notebook_lint import source

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"

# Names that a notebook has when its exercise is reached, and modules that people import for themselves.
NAMES = """
import struct
import zlib
import numpy as np
import pydicom
import dicomkit.pixels
from pydicom.dataset import Dataset
from pydicom.uid import *
from dicomkit.lessons import checkpoint
from dicomkit.pixels import display_values, modality_values, render
"""

PASSES, TODO = "PASS", "TODO"
VALUE = [
    ("512", PASSES),
    ("0x200", PASSES),
    ("0x0200", PASSES),
    ("'512'", PASSES),
    ("'0x0200'", PASSES),
    ("np.int64(512)", PASSES),
    ("np.uint16(512)", PASSES),
    ("np.frombuffer(b'\\x00\\x02', '<u2')", PASSES),
    ("np.frombuffer(b'\\x00\\x02', '<u2')[0]", PASSES),
    ("struct.unpack('<H', b'\\x00\\x02')", PASSES),  # a tuple of one
    ("int.from_bytes(b'\\x00\\x02', 'little')", PASSES),
    ("512.0", PASSES),
    ("2", "2 is the length"),
    ("int.from_bytes(b'\\x00\\x02', 'big')", "2 is the length"),
    ("'0002'", "2 is the length"),
    ("200", "hexadecimal"),
    ("0x02000002", "the value begins after"),
    ("b'\\x00\\x02'", "as one number"),
    ("'00 02'", "as one number"),
    ("[0, 2]", "as one number"),
    ("'US'", "as one number"),
    ("...", TODO),
]
RIGHT = "{'A': 'explicit big', 'B': 'implicit little', 'C': 'explicit little'}"
ENCODINGS = [
    (RIGHT, PASSES),
    (RIGHT.upper(), PASSES),
    (RIGHT.replace("'A'", "'a'"), PASSES),
    (RIGHT.replace("explicit big", "Explicit VR Big Endian"), PASSES),
    (RIGHT.replace("explicit big", "explicit big-endian"), PASSES),
    (RIGHT.replace("explicit big", "big explicit"), PASSES),
    (RIGHT.replace("implicit little", "little endian, implicit VR"), PASSES),
    (RIGHT.replace("explicit little", "explicit_little"), PASSES),
    ("{'A': ExplicitVRBigEndian, 'B': ImplicitVRLittleEndian, 'C': ExplicitVRLittleEndian}", PASSES),
    ("{'A': ExplicitVRBigEndian.name, 'B': 'implicit little', 'C': ExplicitVRLittleEndian.name}", PASSES),
    ("{'A': '1.2.840.10008.1.2.2', 'B': '1.2.840.10008.1.2', 'C': '1.2.840.10008.1.2.1'}", PASSES),
    ("dict(A='explicit big', B='implicit little', C='explicit little')", PASSES),
    ("{'A': 'explicit big', 'B': None, 'C': 'explicit little'}", TODO),
    ("{'A': ..., 'B': ..., 'C': ...}", TODO),
    ("{'A': 'explicit little', 'B': 'implicit little', 'C': 'explicit big'}", "high byte comes first"),
    ("{'A': 'explicit big', 'B': 'explicit little', 'C': 'explicit little'}", "no two letters"),
    ("{'A': 'implicit little', 'B': 'implicit little', 'C': 'explicit little'}", "the letters UI"),
    ("{'A': 'explicit big', 'B': 'implicit big', 'C': 'explicit little'}", "no transfer syntax"),
    ("{'A': 'big', 'B': 'implicit', 'C': 'little'}", "give each of A, B and C one of"),
    ("{'A': 'explicit big', 'B': 'implicit little'}", "give each of A, B and C one of"),
    ("['explicit big', 'implicit little', 'explicit little']", "give each of A, B and C one of"),
    ("'explicit big'", "give each of A, B and C one of"),
]
VALUE_OFFSET = [
    ("454", PASSES),
    ("0x1c6", PASSES),
    ("'0x1C6'", PASSES),
    ("np.int64(454)", PASSES),
    ("np.intp(454)", PASSES),
    ("448 + 6", PASSES),
    ("'454'", PASSES),
    ("(454,)", PASSES),
    ("454.0", PASSES),
    ("446", "where the tag begins"),
    ("450", "where the VR begins"),
    ("452", "where the length begins"),
    ("436", "patient's name"),
    ("448", "beginning of the row"),
    ("6", "the place within its row"),
    ("7", "the place within its row"),
    ("455", "count from 0"),
    ("432", "look for 10 00 20 00"),
    ("'WORKSHOP01'", "an offset"),
    ("True", "an offset"),
    ("[448, 6]", "an offset"),
]
METHOD = [
    ("'compress'", PASSES),
    ("'compress()'", PASSES),
    ("'.compress'", PASSES),
    ("'Compress'", PASSES),
    ("' compress '", PASSES),
    ("'compress.'", PASSES),
    ("'compress(RLELossless)'", PASSES),
    ("'ds.compress'", PASSES),
    ("'picture.compress(RLELossless, generate_instance_uid=False)'", PASSES),
    ("'image.compress(JPEG2000Lossless)'", PASSES),
    ("'Dataset.compress'", PASSES),
    ("'pydicom.Dataset.compress'", PASSES),
    ("'pydicom.dataset.Dataset.compress()'", PASSES),
    ("'the compress method'", PASSES),
    ("Dataset.compress", PASSES),
    ("checkpoint('03').picture.compress", PASSES),
    ("'pydicom.compress'", "not a method of a data set"),
    ("'pydicom.compress(ds)'", "not a method of a data set"),
    ("'zlib.compress'", "not a method of a data set"),
    ("'np.compress'", "not a method of a data set"),
    ("'pydicom.pixels.compress'", "that is a function"),
    ("pydicom.pixels.compress", "that is a function"),
    ("dicomkit.pixels.compress", "that is a function"),
    ("zlib.compress", "the name of a method"),
    ("'decompress'", "the way back"),
    ("'picture.decompress()'", "the way back"),
    ("'save_as'", "writes what is there"),
    ("'pydicom.dcmwrite'", "writes what is there"),
    ("pydicom.dcmwrite", "writes what is there"),
    ("'encapsulate'", "compressed already"),
    ("'TransferSyntaxUID'", "the label on the box"),
    ("'file_meta.TransferSyntaxUID'", "the label on the box"),
    ("'RLELossless'", "the transfer syntax, which"),
    ("'compression'", "the name of a method"),
    ("'monkey'", "the name of a method"),
    ("print", "the name of a method"),
]
LENGTH = "int.from_bytes(c[140:144], 'little')"
DATA_SET_BYTES = [
    (f"lambda c: c[144 + {LENGTH}:]", PASSES),
    (f"lambda content: bytes(content[{LENGTH.replace('c[', 'content[')} + 144 :])", PASSES),
    (f"lambda c: memoryview(c)[144 + {LENGTH}:]", PASSES),
    (f"lambda c: bytearray(c[144 + {LENGTH}:])", PASSES),
    ("lambda c: c[144 + struct.unpack('<I', c[140:144])[0]:]", PASSES),
    ("lambda c: c[144 + struct.unpack_from('<L', c, 140)[0]:]", PASSES),
    ("lambda c: c[144 + np.frombuffer(c[140:144], '<u4')[0]:]", PASSES),
    (f"lambda c: c[128 + 4 + 12 + {LENGTH}:]", PASSES),
    (f"lambda c: c[{LENGTH}:]", "not from the start of the file"),
    (f"lambda c: c[132 + {LENGTH}:]", "not from the start of its element"),
    (f"lambda c: c[140 + {LENGTH}:]", "not from the start of its element"),
    ("lambda c: c[144:]", "where the second element"),
    ("lambda c: c[132:]", "with the data set"),
    (f"lambda c: c[144 : 144 + {LENGTH}]", "what comes after them"),
    ("lambda c: c[144 + int.from_bytes(c[140:144], 'big'):]", "little endian in every file"),
    ("lambda c: c[342:]", "whose group 0002 is longer"),
    ("lambda c: c[c.index(b'\\x08\\x00\\x16\\x00'):]", "raised ValueError"),  # not in Big Endian
    (f"lambda c: 144 + {LENGTH}", "what <lambda> returns is bytes"),
    ("lambda c: c[144 + c[140:144]:]", "raised TypeError"),
    ("lambda: b''", "argument"),
    ("lambda c: None", "returns nothing"),
    ("b'1234'", "a function"),
]
SHORT = "o + 8 + int.from_bytes(c[o + 6 : o + 8], 'little')"
LONG = "o + 12 + int.from_bytes(c[o + 8 : o + 12], 'little')"
VR = "c[o + 4 : o + 6]"
ALL = "'OB OD OF OL OV OW SQ SV UC UN UR UT UV'.split()"
NEXT_OFFSET = [
    (f"lambda c, o: {LONG} if {VR}.decode() in {ALL} else {SHORT}", PASSES),
    (
        f"lambda content, offset: (lambda c, o: {LONG} if str({VR}, 'ascii') in {ALL} else {SHORT})(content, offset)",
        PASSES,
    ),
    (f"lambda c, o: {LONG} if {VR} in {{vr.encode() for vr in {ALL}}} else {SHORT}", PASSES),
    (f"lambda c, o: {LONG} if {VR}.decode() in pydicom.valuerep.EXPLICIT_VR_LENGTH_32 else {SHORT}", PASSES),
    (f"lambda c, o: {SHORT} if {VR}.decode() in pydicom.valuerep.EXPLICIT_VR_LENGTH_16 else {LONG}", PASSES),
    (f"lambda c, o: np.int64({LONG}) if {VR}.decode() in {ALL} else {SHORT}", PASSES),
    (
        f"lambda c, o: o + 12 + struct.unpack('<I', c[o + 8 : o + 12])[0] if {VR}.decode() in {ALL} else {SHORT}",
        PASSES,
    ),
    (f"lambda c, o: {SHORT}", "still reads two bytes"),
    (f"lambda c, o: {LONG} if {VR} in {ALL} else {SHORT}", "still reads two bytes"),  # texts are no bytes
    (f"lambda c, o: {LONG}", "goes wrong at a PN"),
    (f"lambda c, o: {SHORT} if any(c[o + 6 : o + 8]) else {LONG}", "its length"),
    (f"lambda c, o: {LONG.replace('12 +', '8 +')} if {VR}.decode() in {ALL} else {SHORT}", "12 bytes after"),
    (
        f"lambda c, o: {LONG.replace('o + 12]', 'o + 10]')} if {VR}.decode() in {ALL} else {SHORT}",
        "four bytes",
    ),
    (f"lambda c, o: {LONG} if {VR} in (b'OB', b'OW') else {SHORT}", "at a UT"),
    (f"lambda c, o: {LONG} if {VR}.decode() in {ALL}[:-2] else {SHORT}", "at a UT"),
    (f"lambda c, o: {LONG} if {VR}.decode() in {ALL}[:-1] else {SHORT}", "goes wrong at UV"),
    (f"lambda c, o: {LONG} - o if {VR}.decode() in {ALL} else {SHORT} - o", "add `offset` to it"),
    (f"lambda c, o: str({SHORT}) + 'x'", "a whole number"),
    ("lambda c, o: c[o]['VR']", "raised TypeError"),
    ("lambda c, o: None", "returns nothing"),
    ("lambda c: 12", "argument"),
    ("12", "a function"),
]
NUMBER_OF_BYTES = [
    ("524288", PASSES),
    ("512 * 512 * 16 // 8", PASSES),
    ("512 * 512 * 16 / 8", PASSES),
    ("512 ** 2 * 2", PASSES),
    ("np.prod((512, 512, 2))", PASSES),
    ("np.zeros((512, 512), np.uint16).nbytes", PASSES),
    ("'524288'", PASSES),
    ("'524288 bytes'", PASSES),
    ("'512 KiB'", PASSES),
    ("'0.5 MiB'", PASSES),
    ("0x80000", PASSES),
    ("512 * 512", "the number of pixels"),
    ("512 * 512 * 12 / 8", "not Bits Stored"),
    ("512 * 512 * 16", "number of bits"),
    ("512 * 512 * 12", "number of bits"),
    ("512", "one row"),
    ("1024", "one row"),
    ("524290", "bytes per sample"),
    ("'512*512*2'", "without quotes"),
    ("[512, 512, 2]", "a whole number of bytes"),
    ("0.5", "a whole number of bytes"),
    ("'half a megabyte'", "a whole number of bytes"),
]
EVEN_LENGTH = [
    ("28", PASSES),
    ("3 * 3 * 3 + 1", PASSES),
    ("28.0", PASSES),
    ("0x1c", PASSES),
    ("'28'", PASSES),
    ("'28 bytes'", PASSES),
    ("np.int32(28)", PASSES),
    ("27 + 27 % 2", PASSES),
    ("np.array([28])", PASSES),
    ("27", "one byte is added"),
    ("9", "three samples"),
    ("10", "three samples"),
    ("30", "a BMP"),
    ("36", "a BMP"),
    ("32", "not a multiple of four"),
    ("54", "takes one byte"),
    ("216", "counts bits"),
    ("26", "made even"),
    ("'1c 00 00 00'", "a whole number of bytes"),
    ("'even'", "a whole number of bytes"),
]
TO_WRITE = [
    ("{'AccessionNumber': ''}", PASSES),
    ('{"AccessionNumber": ""}', PASSES),
    ("{'AccessionNumber': None}", PASSES),  # pydicom writes an empty element
    ("{'AccessionNumber': str()}", PASSES),
    ("{'accessionnumber': ''}", PASSES),
    ("{'Accession Number': ''}", PASSES),
    ("{'(0008,0050)': ''}", PASSES),
    ("{0x00080050: ''}", PASSES),
    ("{(0x0008, 0x0050): ''}", PASSES),
    ("{pydicom.tag.Tag('AccessionNumber'): ''}", PASSES),
    ("dict(AccessionNumber='')", PASSES),
    ("{'AccessionNumber': []}", PASSES),
    ("{'AccessionNumber': ...}", TODO),
    ("{'AccessionNumber': 'UNKNOWN'}", "the next program believes it"),
    ("{'AccessionNumber': 'None'}", "the next program believes it"),
    ("{'AccessionNumber': 0}", "the next program believes it"),
    ("{'AccessionNumber': '0'}", "the next program believes it"),
    ("{'AccessionNumber': ' '}", "no characters at all"),
    ("{}", "empty, not missing"),
    ("''", "a dictionary with one keyword"),
    ("'AccessionNumber'", "a dictionary with one keyword"),
    ("('AccessionNumber', '')", "a dictionary with one keyword"),
    ("{'AccessionNumer': ''}", "a dictionary with one keyword"),
    ("{'PatientID': ''}", "a dictionary with one keyword"),
]
BITS = "{'BitsAllocated': 16, 'BitsStored': 12, 'HighBit': 11, 'PixelRepresentation': 0}"
DETECTOR = [
    (BITS, PASSES),
    (BITS.replace("16", "np.int64(16)"), PASSES),
    (BITS.replace("16", "'16'"), PASSES),
    (BITS.replace("11", "12 - 1"), PASSES),
    (BITS.replace("11", "11.0"), PASSES),
    (BITS.replace("'BitsAllocated'", "'Bits Allocated'"), PASSES),
    (BITS.replace("'HighBit'", "'highbit'"), PASSES),
    (BITS.replace("'HighBit'", "'(0028,0102)'"), PASSES),
    (BITS.replace("'HighBit'", "0x00280102"), PASSES),
    ("dict(BitsAllocated=16, BitsStored=12, HighBit=11, PixelRepresentation=0)", PASSES),
    (BITS.replace("11", "..."), TODO),
    (BITS.replace("11", "None"), TODO),
    (BITS.replace("11", "12"), "counted from 0"),
    (BITS.replace("11", "15"), "only 12 of the 16"),
    (BITS.replace("16", "12"), "stores a uint16 in 16 bits"),
    (BITS.replace("12", "16"), "twelve bits are in use"),
    (BITS.replace(": 0", ": 1"), "never negative"),
    (BITS.replace("16", "'sixteen'"), "a whole number"),
    ("{'BitsAllocated': 16, 'BitsStored': 12}", "a whole number"),
    ("(16, 12, 11, 0)", "a whole number"),
    ("16", "a whole number"),
]
PIXEL_BYTES = [
    ("lambda v: np.rint(v * 4095).astype('<u2').tobytes()", PASSES),
    ("lambda v: (v * 4095).astype('<u2').tobytes()", PASSES),  # cut off instead of rounded
    ("lambda v: (v * 4095 + 0.5).astype(np.uint16).tobytes()", PASSES),
    ("lambda v: np.round(v * (2**12 - 1)).astype('uint16').tobytes()", PASSES),
    ("lambda v: np.int16(v * 4095).tobytes()", PASSES),  # the same bytes, as long as nothing is negative
    ("lambda v: bytearray((v * 4095).astype('<u2').tobytes())", PASSES),
    ("lambda v: memoryview((v * 4095).astype('<u2').tobytes())", PASSES),
    ("lambda v: b''.join(struct.pack('<H', round(x * 4095)) for x in v.flat)", PASSES),
    ("lambda v: v.tobytes()", "still floats"),
    ("lambda v: (v * 4095).tobytes()", "still floats"),
    ("lambda v: v.astype('<f4').tobytes()", "still floats"),
    ("lambda v: (v * 255).astype('uint8').tobytes()", "one byte for each sample"),
    ("lambda v: (v * 4095).astype('uint8').tobytes()", "one byte for each sample"),
    ("lambda v: (v * 255).astype('<u2').tobytes()", "only eight of the twelve"),
    ("lambda v: (v * 4096).astype('<u2').tobytes()", "a thirteenth bit"),
    ("lambda v: (v * 65535).astype('<u2').tobytes()", "all sixteen bits"),
    ("lambda v: v.astype('<u2').tobytes()", "multiply first"),
    ("lambda v: v.astype('<u2') * 4095", "is bytes"),
    ("lambda v: (v.astype('<u2') * 4095).tobytes()", "the samples are different"),
    ("lambda v: (v * 4095).astype('>u2').tobytes()", "the high byte comes first"),
    ("lambda v: (v * 4095).astype('<u2').tobytes()[:-2]", "another length"),
    ("lambda v: v.nope()", "raised AttributeError"),
    ("lambda v: None", "returns nothing"),
    ("b'\\x00'", "a function"),
]
AREA = "d.Rows * d.Columns * d.SamplesPerPixel"
FRAMES = "int(d.get('NumberOfFrames', 1))"
EXPECTED_LENGTH = [
    (f"lambda d: (n := {AREA} * {FRAMES} * d.BitsAllocated // 8) + n % 2", PASSES),
    (f"lambda d: (n := {AREA} * {FRAMES} * d.BitsAllocated / 8) + n % 2", PASSES),  # 36.0
    (f"lambda d: ({AREA} * {FRAMES} * d.BitsAllocated // 8 + 1) // 2 * 2", PASSES),
    (f"lambda d: (n := {AREA} * getattr(d, 'NumberOfFrames', 1) * d.BitsAllocated // 8) + (n & 1)", PASSES),
    ("lambda d: (n := pydicom.pixels.utils.get_expected_length(d)) + n % 2", PASSES),
    (f"lambda d: np.int64((n := {AREA} * {FRAMES} * d.BitsAllocated // 8) + n % 2)", PASSES),
    (f"lambda d: {AREA} * {FRAMES} * d.BitsAllocated // 8", "is even"),
    ("lambda d: pydicom.pixels.utils.get_expected_length(d)", "is even"),
    ("lambda d: len(d.PixelData)", "the bytes that are there"),
    ("lambda d: len(d.PixelData) + len(d.PixelData) % 2", "the bytes that are there"),
    ("lambda d: (n := d.Rows * d.Columns * d.BitsAllocated // 8) + n % 2", "three samples"),
    (f"lambda d: (n := {AREA} * d.BitsAllocated // 8) + n % 2", "as many frames"),
    (f"lambda d: (n := {AREA} * {FRAMES} * d.BitsStored // 8) + n % 2", "not Bits Stored"),
    (f"lambda d: {AREA} * {FRAMES} * d.BitsAllocated", "counts bits"),
    ("lambda d: d.pixel_array.nbytes", "raised ValueError"),  # it was cut off
    (f"lambda d: {AREA} * d.NumberOfFrames", "raised AttributeError"),
    ("lambda d: 36", "rows, times columns"),
    ("lambda d: None", "returns nothing"),
    ("lambda d: d", "a whole number"),
    ("36", "a function"),
]
LIES = "{'A': 'Columns', 'B': 'PlanarConfiguration', 'C': 'PixelRepresentation'}"
CULPRITS = [
    (LIES, PASSES),
    (LIES.lower().replace("'a'", "'A'"), PASSES),
    (LIES.replace("'Columns'", "'Rows'"), PASSES),
    (LIES.replace("'Columns'", "'Columns and Rows'"), PASSES),
    (LIES.replace("'Columns'", "'Rows/Columns'"), PASSES),
    (LIES.replace("'Columns'", "'Rows, Columns'"), PASSES),
    (LIES.replace("'Columns'", "['Rows', 'Columns']"), PASSES),
    (LIES.replace("'Columns'", "('Columns',)"), PASSES),
    (LIES.replace("'Columns'", "'(0028,0011)'"), PASSES),
    (LIES.replace("PlanarConfiguration", "planar configuration"), PASSES),
    (LIES.replace("PixelRepresentation", "Pixel Representation"), PASSES),
    (LIES.replace("'PixelRepresentation'", "0x00280103"), PASSES),
    (LIES.replace("'Columns'", "..."), TODO),
    (LIES.replace("'Columns'", "'PixelRepresentation'"), "A is sheared"),
    (LIES.replace("PlanarConfiguration", "Columns"), "small grey copies"),
    (LIES.replace("PixelRepresentation", "PlanarConfiguration"), "large numbers became negative"),
    (LIES.replace("PixelRepresentation", "PhotometricInterpretation"), "inverts all grey values"),
    (LIES.replace("Columns", "a virus"), "the keyword of one attribute"),
    (LIES.replace("'Columns'", "['Columns', 'PixelRepresentation']"), "the keyword of one attribute"),
    (LIES.replace("Columns", "BitsStored"), "the keyword of one attribute"),
    ("['Columns', 'PlanarConfiguration', 'PixelRepresentation']", "the keyword of one attribute"),
]
HOUNSFIELD = [
    ("24", PASSES),
    ("24.0", PASSES),
    ("1024 * 2 - 2024", PASSES),
    ("'24'", PASSES),
    ("'24 HU'", PASSES),
    ("'24HU'", PASSES),
    ("'24.0 HU'", PASSES),
    ("np.int16(24)", PASSES),
    ("np.float32(24)", PASSES),
    ("np.array([24])", PASSES),
    ("pydicom.valuerep.DSfloat('24')", PASSES),
    ("2048", "the intercept is added to that"),
    ("4072", "negative already"),
    ("-1000", "multiply first, then add"),
    ("-2000", "not multiplied by the slope"),
    ("25", "slope times stored value"),
    ("'2*1024-2024'", "a number of Hounsfield units"),
    ("'brain'", "a number of Hounsfield units"),
    ("True", "a number of Hounsfield units"),
]
BORDERS = [
    ("(-450, 1050)", PASSES),
    ("[-450, 1050]", PASSES),
    ("(-450, 1049)", PASSES),  # LINEAR, word for word
    ("(-450.0, 1049.0)", PASSES),
    ("(-449.5, 1049.5)", PASSES),
    ("np.array([-450, 1050])", PASSES),
    ("('-450', '1050')", PASSES),
    ("('\u2212450', 1050)", PASSES),
    ("(np.float64(-450), np.int64(1050))", PASSES),
    ("(300 - 1500 / 2, 300 + 1500 / 2)", PASSES),
    ("(None, 1050)", TODO),
    ("(300, 1500)", "a middle and an extent"),
    ("(-1200, 1800)", "the width is the whole extent"),
    ("(300, 1800)", "not its lower end"),
    ("(-450, 300)", "not its upper end"),
    ("(-450, 750)", "added to the center"),
    ("(1050, -450)", "the lowest value first"),
    ("(1049, -450)", "the lowest value first"),
    ("(0, 1500)", "half of the width"),
    ("1500", "a pair of two numbers"),
    ("'-450 to 1050'", "a pair of two numbers"),
    ("{-450, 1050}", "a pair of two numbers"),
    ("(-450, 300, 1050)", "a pair of two numbers"),
    ("('low', 'high')", "a pair of two numbers"),
]
BEST_WINDOW = [
    ("'B'", PASSES),
    ("'b'", PASSES),
    ("' B '", PASSES),
    ("'B.'", PASSES),
    ("'(B)'", PASSES),
    ("'window B'", PASSES),
    ("'Window b'", PASSES),
    ("['B']", PASSES),
    ("np.str_('B')", PASSES),
    ("'35 / 30'", PASSES),
    ("'35/30'", PASSES),
    ("(35, 30)", PASSES),
    ("[35, 30]", PASSES),
    ("'B 35 / 30'", PASSES),
    ("'A'", "one of the others does better"),
    ("'40/80'", "one of the others does better"),
    ("'c'", "less than one level"),
    ("'D'", "only 5 levels apart"),
    ("(40, 400)", "only 5 levels apart"),
    ("'narrow'", "one letter"),
    ("(1, 2)", "one letter"),
    ("2", "one letter"),
    ("['A', 'B']", "one letter"),
]
MISSING_STEP = [
    ("'modality'", PASSES),
    ("'Modality'", PASSES),
    ("'the modality step'", PASSES),
    ("'modality LUT'", PASSES),
    ("'modality_values'", PASSES),
    ("'step 1'", PASSES),
    ("'step 1 (modality)'", PASSES),
    ("1", PASSES),
    ("'first'", PASSES),
    ("'the first step'", PASSES),
    ("'rescale'", PASSES),
    ("'RescaleSlope'", PASSES),
    ("'Rescale Slope and Rescale Intercept'", PASSES),
    ("'HU'", PASSES),
    ("'window'", "on which values"),
    ("2", "on which values"),
    ("'VOI LUT'", "on which values"),
    ("'polarity'", "a CT is MONOCHROME2"),
    ("'step 3'", "a CT is MONOCHROME2"),
    ("'pixel_array'", "where the steps begin"),
    ("'brightness'", "the name of a step"),
    ("-1", "the name of a step"),
    ("4", "the name of a step"),
    ("['modality', 'window']", "the name of a step"),
]
ATTRIBUTE = [
    ("'PhotometricInterpretation'", PASSES),
    ("'photometricinterpretation'", PASSES),
    ("'Photometric Interpretation'", PASSES),
    ("'photometric_interpretation'", PASSES),
    ("'ds.PhotometricInterpretation'", PASSES),
    ("'(0028,0004)'", PASSES),
    ("'0028,0004'", PASSES),
    ("'00280004'", PASSES),
    ("0x00280004", PASSES),
    ("(0x0028, 0x0004)", PASSES),
    ("pydicom.tag.Tag(0x00280004)", PASSES),
    ("checkpoint('05').eye['PhotometricInterpretation']", PASSES),
    ("'PlanarConfiguration'", "several small grey copies"),
    ("'TransferSyntaxUID'", "the stream was decoded"),
    ("'SamplesPerPixel'", "the number does not tell which"),
    ("'WindowCenter'", "colour images have no window"),
    ("'Color Space'", "RGB already"),
    ("'ICCProfile'", "RGB already"),
    ("'Rows'", "the keyword of an attribute"),
    ("'YBR'", "which attribute has it"),
    ("'colour'", "the keyword of an attribute"),
]
GREY = "display_values(modality_values(d), c, w)"
ONE = "d.PhotometricInterpretation == 'MONOCHROME1'"
TO_SCREEN = [
    (f"lambda d, c, w: 255 - {GREY} if {ONE} else {GREY}", PASSES),
    ("lambda d, c, w: render(d, window=(c, w))", PASSES),
    (f"lambda d, c, w: ~{GREY} if {ONE} else {GREY}", PASSES),
    (f"lambda d, c, w: np.invert({GREY}) if {ONE} else {GREY}", PASSES),
    (f"lambda d, c, w: ({GREY}).astype(float) if not ({ONE}) else 255.0 - {GREY}", PASSES),
    (f"lambda d, c, w: np.where({ONE}, 255 - {GREY}, {GREY})", PASSES),
    (f"lambda d, c, w: np.bitwise_xor({GREY}, 255 * ({ONE}))", PASSES),
    (
        f"lambda d, c, w: (255 - {GREY} if d['PhotometricInterpretation'].value.endswith('1') else {GREY}).tolist()",
        PASSES,
    ),
    (f"lambda d, c, w: {GREY}", "is still shown as if"),
    (
        f"lambda d, c, w: 255 - {GREY} if d.PhotometricInterpretation == 'Monochrome1' else {GREY}",
        "is still shown as if",
    ),
    (f"lambda d, c, w: 255 - {GREY}", "now the CT is a negative"),
    (f"lambda d, c, w: {GREY} if {ONE} else 255 - {GREY}", "now the CT is a negative"),
    (f"lambda d, c, w: {GREY} if d.Modality == 'CT' else 255 - {GREY}", "not every radiograph"),
    (f"lambda d, c, w: -{GREY} if {ONE} else {GREY}", "subtract from 255"),
    (
        f"lambda d, c, w: display_values(d.pixel_array.max() - modality_values(d), c, w) if {ONE} else {GREY}",
        "before the window",
    ),
    (
        f"lambda d, c, w: d.update({{'WindowCenter': c}}) or (255 - {GREY} if {ONE} else {GREY})",
        "has changed the data set",
    ),
    (f"lambda d, c, w: {GREY} // 2", "the grey levels are different"),
    (f"lambda d, c, w: {GREY}[0]", "as large as the image"),
    (f"lambda d, c, w: {GREY} / 0 if d.Nope else 1", "raised AttributeError"),
    ("lambda d: d", "argument"),
    ("lambda d, c, w: None", "returns nothing"),
    ("'MONOCHROME1'", "a function"),
]
UNITS = "(d.pixel_array * d.RescaleSlope + d.RescaleIntercept)"
SQUARE = "[t : t + s, l : l + s]"
MEAN_HU = [
    (f"lambda d, t, l, s: {UNITS}{SQUARE}.mean()", PASSES),
    (f"lambda d, t, l, s: np.mean({UNITS}{SQUARE})", PASSES),
    (f"lambda d, t, l, s: modality_values(d){SQUARE}.mean()", PASSES),
    (f"lambda d, t, l, s: d.pixel_array{SQUARE}.mean() * d.RescaleSlope + d.RescaleIntercept", PASSES),
    (f"lambda d, t, l, s: {UNITS}{SQUARE}.sum() / s**2", PASSES),
    (f"lambda d, t, l, s: round({UNITS}{SQUARE}.mean(), 1)", PASSES),
    (f"lambda d, t, l, s: int(round({UNITS}{SQUARE}.mean()))", PASSES),
    (f"lambda d, t, l, s: float(np.average({UNITS}{SQUARE}))", PASSES),
    (f"lambda d, t, l, s: str({UNITS}{SQUARE}.mean())", PASSES),
    (f"lambda d, t, l, s: pydicom.pixels.apply_rescale(d.pixel_array, d){SQUARE}.mean()", PASSES),
    (f"lambda d, t, l, s: d.pixel_array{SQUARE}.mean()", "stored values"),
    (
        f"lambda d, t, l, s: (d.pixel_array + d.RescaleIntercept){SQUARE}.mean()",
        "multiplied by Rescale Slope",
    ),
    (f"lambda d, t, l, s: {UNITS}[l : l + s, t : t + s].mean()", "rows come first"),
    (f"lambda d, t, l, s: {UNITS}[t : t + s + 1, l : l + s + 1].mean()", "already `size` rows"),
    (f"lambda d, t, l, s: {UNITS}[t : t + s - 1, l : l + s - 1].mean()", "one column are missing"),
    (f"lambda d, t, l, s: display_values({UNITS}, 40, 80){SQUARE}.mean()", "measure before"),
    (f"lambda d, t, l, s: {UNITS}.mean()", "the whole image"),
    (f"lambda d, t, l, s: {UNITS}{SQUARE}.sum()", "that is the sum"),
    ("lambda d, t, l, s: 6.36", "another number"),
    (f"lambda d, t, l, s: {UNITS}[t : s, l : s].mean()", "nothing was cut out"),
    (f"lambda d, t, l, s: {UNITS}{SQUARE}", "a number"),
    ("lambda d, t, l, s: d.pixel_array * d.Slope", "raised AttributeError"),
    ("lambda d, t, l, s: None", "returns nothing"),
    ("6.36", "a function"),
]
TYPED = {
    "03.1": VALUE,
    "03.2": ENCODINGS,
    "03.3": VALUE_OFFSET,
    "03.4": METHOD,
    "03.5": DATA_SET_BYTES,
    "03.6": NEXT_OFFSET,
    "04.1": NUMBER_OF_BYTES,
    "04.2": EVEN_LENGTH,
    "04.3": TO_WRITE,
    "04.4": DETECTOR,
    "04.5": PIXEL_BYTES,
    "04.6": EXPECTED_LENGTH,
    "04.7": CULPRITS,
    "05.1": HOUNSFIELD,
    "05.2": BORDERS,
    "05.3": BEST_WINDOW,
    "05.4": MISSING_STEP,
    "05.5": ATTRIBUTE,
    "05.6": TO_SCREEN,
    "05.7": MEAN_HU,
}
ROWS = [(name, typed, told) for name, rows in TYPED.items() for typed, told in rows]


def verdict_on(exercise: str, typed: str) -> str:
    found = find_exercise(exercise)
    names: dict[str, Any] = {}
    exec(f"{NAMES}\nanswer = {typed}", names)  # noqa: S102 - typed above
    return str(found.judge(names["answer"]))


@pytest.mark.parametrize(
    ("exercise", "typed", "told"), ROWS, ids=[f"{name}-{typed}"[:70] for name, typed, _ in ROWS]
)
def test_what_is_typed_is_told_what_it_needs(exercise: str, typed: str, told: str) -> None:
    verdict = verdict_on(exercise, typed)
    if told in {PASSES, TODO}:
        assert verdict.startswith(told), verdict
    else:
        assert verdict.startswith("RETRY "), verdict
        assert told in verdict
        assert "cannot be checked here" not in verdict


@pytest.mark.parametrize("exercise", TYPED)
def test_each_exercise_is_asked_often_enough(exercise: str) -> None:
    told = [told for _, told in TYPED[exercise]]
    assert len(told) >= 12
    assert {PASSES} < set(told)


# --- what the texts promise, and what the checks take for right ---------------------------------------


def solution_of(exercise: str) -> Any:  # noqa: ANN401 - whatever the exercise asks for
    found = find_exercise(exercise)
    return answer_of(found, found.solution)


def cell_of(notebook: str, name: str) -> str:
    cells = json.loads((NOTEBOOKS / notebook).read_text(encoding="utf-8"))["cells"]
    return next(source(cell) for cell in cells if cell["id"] == name)


@pytest.mark.parametrize(
    ("notebook", "cell", "exercise"),
    [
        ("03_bytes_and_syntax.ipynb", "exercise-6", "03.6"),
        ("04_add_pixels.ipynb", "exercise-5", "04.5"),
        ("05_show_pixels.ipynb", "exercise-6", "05.6"),
    ],
)
def test_code_to_change_stands_in_its_cell(notebook: str, cell: str, exercise: str) -> None:
    assert cell_of(notebook, cell) == find_exercise(exercise).given


def test_the_mean_that_the_text_names_is_the_mean() -> None:
    mean = solution_of("05.7")(checkpoint("05").ct, 126, 142, 5)
    assert f"`mean_hu(ct, 126, 142, 5)` is {mean:.2f}." in cell_of("05_show_pixels.ipynb", "exercise-7-text")


@pytest.mark.parametrize(("name", "window"), [("ct", (40, 80)), ("chest", (1900, 3400))])
def test_grey_levels_of_the_solution_are_those_of_dcmtk(
    name: str, window: tuple[int, int], tmp_path: Path, peer: Callable[[str], str]
) -> None:
    image = getattr(checkpoint("05"), name)
    image.save_as(tmp_path / "image.dcm")
    command = [
        peer("dcm2pnm"),
        "+Ww",
        *map(str, window),
        str(tmp_path / "image.dcm"),
        str(tmp_path / "image.pgm"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    theirs = np.asarray(Image.open(tmp_path / "image.pgm")).astype(int)
    assert np.abs(solution_of("05.6")(image, *window) - theirs).max() <= 1
