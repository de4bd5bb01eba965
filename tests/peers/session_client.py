"""Follows a node's sessions by Debian's python3-websockets.

session_client.py WS-URL COUNT: prints "live", then the positions of COUNT events as a line of JSON.
It drops the connection every 20 events and resumes, sends pings, and closes in the end.
"""

import asyncio
import json
import sys

import websockets


async def follow(url, count):
    seqs = []
    position = None
    while len(seqs) < count:
        target = url if position is None else f"{url}&since={position}"
        async with websockets.connect(target, subprotocols=["carillon.v1"]) as socket:
            assert socket.subprotocol == "carillon.v1"
            hello = json.loads(await asyncio.wait_for(socket.recv(), 10))
            assert hello["op"] == "hello", hello
            if position is None:
                position = hello["head"]
                print("live", flush=True)
            until = min(count, len(seqs) + 20)
            await asyncio.wait_for(await socket.ping(b"are you there"), 10)
            await socket.send('{"op":"ping"}')
            while len(seqs) < until:
                message = json.loads(await asyncio.wait_for(socket.recv(), 20))
                if message["op"] == "event":
                    seqs.append(message["seq"])
                    position = message["seq"]
        assert socket.close_code == 1000, socket.close_code
    print(json.dumps(seqs), flush=True)


asyncio.run(follow(sys.argv[1], int(sys.argv[2])))
