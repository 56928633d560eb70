"""The pool of a store as bytes: gateway/store/FORMAT.md."""

import gzip
import pathlib
import struct

from programs import DATA

AREAS, COPIES, AREA_BYTES, HEADER_BYTES, CRC_AT = 3, 2, 1 << 20, 64, 60


def unpack_format_1(directory):
    """Puts a pool into the directory of a store: 300 readings that a gateway before format 2 took in until it was killed."""
    (directory / "store").mkdir(parents=True)
    pool = directory / "store/pool"
    pool.write_bytes(gzip.decompress(pathlib.Path(DATA / "format-1.pool.gz").read_bytes()))
    return pool


def set_format(pool, number):
    """Says in every manifest that the pool is of this format."""
    with open(pool, "r+b") as file:
        for at in (area * AREA_BYTES + copy * AREA_BYTES // COPIES for area in range(AREAS) for copy in range(COPIES)):
            file.seek(at)
            header = bytearray(file.read(HEADER_BYTES))
            if header[:8] != b"TIDEMAN1":
                continue
            body = file.read(struct.unpack_from("<I", header, 12)[0])
            struct.pack_into("<H", header, 8, number)
            struct.pack_into("<I", header, CRC_AT, crc32c(bytes(header[:CRC_AT]) + body))
            file.seek(at)
            file.write(header)


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF
