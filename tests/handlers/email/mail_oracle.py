"""mail_oracle.py FILE: parses mails with Python's email package and compares.

Each line of FILE is a JSON object: the mail in base64, and what is to be found in it. For each
line, a line says `ok`, or what differs.
"""

import base64
import email
import email.policy
import json
import sys
from email.header import decode_header, make_header
from email.utils import getaddresses


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def differences(wanted):
    raw = base64.b64decode(wanted["mail"])
    raw.decode("ascii")
    if raw.count(b"\r") != raw.count(b"\n") or raw.count(b"\r\n") != raw.count(b"\n"):
        yield "a bare CR or LF"
    if max(map(len, raw.split(b"\r\n"))) > 998:
        yield "a line that is too long"
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    names = ["Date", "From", "To", "Subject", "Message-ID"]
    names += [name for name, _ in wanted["headers"]] + ["MIME-Version", "Content-Type"]
    found = [name for name in mail.keys() if name != "Content-Transfer-Encoding"]
    if found != names:
        yield f"headers {found}"
    if mail["subject"] != wanted["subject"]:
        yield f"subject {mail['subject']!r}"
    if str(mail["message-id"]) != f"<{wanted['messageId']}>":
        yield f"message id {mail['message-id']!r}"
    if mail["date"].datetime.timestamp() != wanted["date"]:
        yield f"date {mail['date']!r}"
    for field in ("from", "to"):
        # The newer parser puts blanks between the encoded words of a phrase.
        pairs = getaddresses([email.message_from_bytes(raw)[field]])
        addresses = [[str(make_header(decode_header(name))), address] for name, address in pairs]
        if addresses != wanted[field]:
            yield f"{field} {addresses!r}"
    for name, value in wanted["headers"]:
        if mail[name] != value:
            yield f"{name} {mail[name]!r}"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        text = body.get_content() if body else ""
        # A single part ends with a line break in any case.
        if lines(text).rstrip("\n") != lines(wanted[kind]).rstrip("\n"):
            yield f"{kind} {text!r}"
    found = [
        [x.get_filename().strip(), x.get_content_type(), base64.b64encode(x.get_payload(decode=True)).decode()]
        for x in mail.iter_attachments()
    ]
    # The parser takes white space off the ends of parameters.
    wanted_files = [[x.strip(), *rest] for x, *rest in wanted["attachments"]]
    if found != wanted_files:
        yield f"attachments {[x[:2] for x in found]!r} "
    for part in mail.walk():
        if part.defects:
            yield f"defects {part.defects!r}"


with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        wanted = json.loads(line)
        found = "; ".join(differences(wanted))
        print(found.encode("unicode_escape").decode() if found else "ok")
