"""A bad network: an HTTP proxy in front of one endpoint that loses, delays, repeats and spoils what passes it.

It runs as a process of its own. What strikes which exchange is drawn from the seed; how often each fault has
struck is its answer at /_proxy/struck.
"""
import argparse
import asyncio
import collections
import json
import random

# Of a thousand exchanges, how many each strikes. The rest pass.
FAULTS = {
    "lost before": 40,  # the connection breaks, and nothing has reached the endpoint
    "lost after": 40,  # the connection breaks, and the endpoint has done the work
    "lost, then done": 20,  # the connection breaks, and the endpoint does the work later
    "slow": 40,  # the request is held up, or the answer
    "repeated": 15,  # the endpoint gets the request twice
    "truncated": 40,  # the answer ends at any byte
    "garbled": 30,  # bytes of the answer are no JSON any more
    "bad gateway": 15,  # a 502 in HTML, and nothing has reached the endpoint
}
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(HTML) + HTML
# Neither UTF-8 nor allowed in JSON outside of a string.
SPOILED = b"\xff\xfe\x00\x1b"


class Lost(Exception):
    """The client's connection is to break."""


class Proxy:
    def __init__(self, port, seed):
        self.port = port
        self.chance = random.Random(seed)
        self.struck = collections.Counter()
        self.later = set()

    async def serve(self, reader, writer):
        """One connection of a client: exchange after exchange, until one of them breaks it."""
        try:
            while message := await read(reader):
                first_line, text = message
                if b" /_proxy/struck " in first_line:
                    answer = json.dumps(self.struck).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer)
                else:
                    await self.exchange(text, writer)
                await writer.drain()
        except (Lost, OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            writer.close()

    async def exchange(self, request, writer):
        fault = self.chance.choices([*FAULTS, "none"], [*FAULTS.values(), 1000 - sum(FAULTS.values())])[0]
        self.struck[fault] += 1
        match fault:
            case "lost before":
                raise Lost
            case "bad gateway":
                writer.write(BAD_GATEWAY)
                return
            case "lost, then done":
                task = asyncio.create_task(self.forward_after(self.chance.uniform(0, 3), request))
                self.later.add(task)
                task.add_done_callback(self.later.discard)
                raise Lost
            case "repeated":
                await self.forward(request)
            case "slow" if self.chance.random() < 0.5:
                await asyncio.sleep(self.chance.uniform(0, 2))
        answer = await self.forward(request)
        match fault:
            case "lost after":
                raise Lost
            case "slow":
                await asyncio.sleep(self.chance.uniform(0, 2))
            case "truncated":
                writer.write(answer[: self.chance.randrange(len(answer))])
                await writer.drain()
                # An orderly end of the connection, not a reset: only the length tells what is missing.
                writer.write_eof()
                await asyncio.sleep(0.2)
                raise Lost
            case "garbled":
                body = answer.index(b"\r\n\r\n") + 4
                place = self.chance.randrange(body, max(body + 1, len(answer) - len(SPOILED)))
                answer = answer[:place] + SPOILED[: len(answer) - place] + answer[place + len(SPOILED):]
        writer.write(answer)

    async def forward_after(self, seconds, request):
        await asyncio.sleep(seconds)
        try:
            await self.forward(request)
        except (Lost, OSError, asyncio.IncompleteReadError):
            pass

    async def forward(self, request):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await writer.drain()
            answer = await read(reader)
            if answer is None:
                raise Lost
            return answer[1]
        finally:
            writer.close()


async def read(reader):
    """A message with its length in its header: its first line, and all of it. None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    lines = head.split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")), 0)
    return lines[0], head + await reader.readexactly(length)


async def main(given):
    proxy = Proxy(given.to, given.seed)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", given.port, limit=1 << 24)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--to", type=int, required=True, help="the endpoint's port on 127.0.0.1")
    options.add_argument("--seed", type=int, required=True)
    asyncio.run(main(options.parse_args()))
