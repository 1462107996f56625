"""Running the parsing process and reading what it says.

A file is parsed by ``python -m reports.extract`` in a process of its own: whatever the file does to it, the bridge goes
on. The process gets its request on standard input, answers with length-prefixed messages, is stopped when its time is
over or when the bridge stops, and its death is an answer too.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Generator
from typing import IO

import msgspec

from reports.extract import Request
from reports.lines import Message, Refusal
from reports.problems import problem

_log = logging.getLogger(__name__)
_LARGEST_FRAME = 256 * 2**20


class Stopped(Exception):
    """The bridge is stopping; the import will be run again."""


def extraction(request: Request, stop: threading.Event | None = None) -> Generator[Message, None, None]:
    """Give the messages of the parsing process; a process that dies or takes too long gives a refusal.

    Raises Stopped when ``stop`` is set.
    """
    if stop is not None and stop.is_set():
        raise Stopped
    process = subprocess.Popen(
        [sys.executable, "-m", "reports.extract"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(process, request.limits.seconds, over, stop), daemon=True)
    errors: list[bytes] = []
    drain = threading.Thread(target=_drain, args=(process, errors), daemon=True)
    watch.start()
    drain.start()
    ended = False
    try:
        assert process.stdin and process.stdout
        process.stdin.write(msgspec.msgpack.encode(request))
        process.stdin.close()
        decode = msgspec.msgpack.Decoder(Message).decode
        while frame := _frame(process.stdout):
            message = decode(frame)
            ended = not _is_portion(message)
            yield message
    except BrokenPipeError:
        pass  # it died before it read its request: told below
    finally:
        over.set()
        process.kill()
        process.wait()
        watch.join()
        drain.join()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()
    if stop is not None and stop.is_set():
        raise Stopped
    if not ended:
        _log.warning(
            "the parsing process ended with %s: %s",
            process.returncode,
            b"".join(errors)[-2000:].decode("utf-8", "replace"),
        )
        yield Refusal([problem("file_too_slow", found="разбор превысил предел времени или памяти либо прервался")])


def _is_portion(message: Message) -> bool:
    return type(message).__name__ == "Batch"


def _frame(stream: IO[bytes]) -> bytes:
    """Read one message; an incomplete one counts as none."""
    head = stream.read(4)
    size = int.from_bytes(head, "big") if len(head) == 4 else 0
    if not 0 < size <= _LARGEST_FRAME:
        return b""
    body = stream.read(size)
    return body if len(body) == size else b""


def _watch(
    process: "subprocess.Popen[bytes]", seconds: int, over: threading.Event, stop: threading.Event | None
) -> None:
    """End the process when its time is over or the bridge stops."""
    left = float(seconds)
    while left > 0 and not over.wait(0.2):
        left -= 0.2
        if stop is not None and stop.is_set():
            break
    if not over.is_set():
        process.kill()


def _drain(process: "subprocess.Popen[bytes]", errors: list[bytes]) -> None:
    assert process.stderr
    while block := process.stderr.read(65536):
        errors[:] = [*errors[-4:], block]
