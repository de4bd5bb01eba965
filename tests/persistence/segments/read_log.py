"""Reads a log by nothing but docs/format.md: prints every event as a line of JSON.

Usage: read_log.py DIRECTORY    (exit code 1 and a sentence if the log is damaged)
"""
import glob, json, struct, subprocess, sys

TABLE = []
for i in range(256):
    for _ in range(8):
        i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
    TABLE.append(i)

def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF

def varint(data, at):
    value = shift = 0
    while True:
        byte, at, shift = data[at], at + 1, shift + 7
        value |= (byte & 0x7F) << (shift - 7)
        if byte < 0x80:
            return value, at

TEXTS = ["type", "companyId", "userId", "correlationId", "id", "source", "causationId", "traceparent", "metadata", "data"]

def events(records, count, seq, recorded_at):
    at = 0
    for n in range(count):
        size, at = varint(records, at)
        event, end = {"seq": seq + n, "audience": records[at], "hops": records[at + 1], "recordedAt": recorded_at}, at + size
        age, at = varint(records, at + 2)
        event["time"] = recorded_at - ((age >> 1) ^ -(age & 1))
        sizes = []
        for _ in TEXTS:
            size, at = varint(records, at)
            sizes.append(size)
        for name, size in zip(TEXTS, sizes):
            event[name], at = records[at:at + size].decode(), at + size
        assert at == end, f"a record of the frame at position {seq} does not end where it says"
        yield event

def frames(data, first, generation, stop):
    at = 4096
    while at + 32 <= len(data):
        size, crc, seq, recorded_at, count, records = struct.unpack_from("<IIQqII", data, at)
        frame = data[at:at + size]
        if size < 32 or len(frame) < size or crc != crc32c(struct.pack("<Q", generation) + frame[:4] + frame[8:]):
            break
        if count == 0 or (stop and seq >= stop):
            break
        assert seq == first, f"position {first} is missing"
        yield from events(frame[32:32 + records], count, seq, recorded_at)
        first, at = first + count, at + size
    assert not stop or first == stop, f"position {first} is missing"

def content(data):
    """Header and frames of a file that may be compressed."""
    end = data[-192:]
    flags, = struct.unpack_from("<I", end, 16)
    if end[:8] != b"CARILEND" or not flags & 1:
        return data
    table, blocks = struct.unpack_from("<QQ", end, 48)
    packed = b""
    for i in range(blocks):
        at, size = struct.unpack_from("<QQ", data, table + 32 * i + 16)
        packed += data[at:at + size]
    return data[:4096] + subprocess.run(["zstd", "-dc"], input=packed, stdout=subprocess.PIPE, check=True).stdout

def main(directory):
    files = sorted(glob.glob(directory + "/" + "[0-9]" * 20 + ".seg"))
    firsts = [int(name[-24:-4]) for name in files]
    for name, first, stop in zip(files, firsts, firsts[1:] + [0]):
        data = content(open(name, "rb").read())
        magic, form, crc, said, generation = struct.unpack_from("<8sIIQQ", data)
        assert magic == b"CARILSEG" and form == 1 and said == first, f"{name} is not a segment"
        assert crc == crc32c(data[:12] + data[16:4096]), f"the header of {name} is damaged"
        for event in frames(data, first, generation, stop):
            print(json.dumps(event, separators=(",", ":")))

try:
    main(sys.argv[1])
except AssertionError as fault:
    sys.exit(str(fault))
