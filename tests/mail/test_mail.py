"""Mail into a folder and through a real conversation with a server."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rushes.mail import BadMailAddress, Message, Outbox, Smtp

MESSAGE = Message("ada@example.com", "Grüße", "Hello Ada,\n\n    " + "t" * 43 + "\n.\nA line with a dot.\n")


class Server:
    """Speaks just enough SMTP; `offers` are its extensions, `refuses` the command that it does not like."""

    def __init__(self, *offers: str, refuses: str = "") -> None:
        self.said: list[str] = []
        self._offers = offers
        self._refuses = refuses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb") as file:

            def answer(text: str) -> None:
                file.write(text.encode() + b"\r\n")
                file.flush()

            answer("220 hello")
            for raw in file:
                line = raw.decode().rstrip("\r\n")
                self.said.append(line)
                verb = line.partition(" ")[0].upper()
                if self._refuses and verb == self._refuses:
                    answer("550 no")
                elif verb == "EHLO":
                    lines = ["me", *self._offers]
                    for number, extension in enumerate(lines):
                        answer(f"250{' ' if number == len(lines) - 1 else '-'}{extension}")
                elif verb == "DATA":
                    answer("354 go on")
                    for part in file:
                        if part == b".\r\n":
                            break
                        self.said.append(part.decode().rstrip("\r\n"))
                    answer("250 taken")
                elif verb == "QUIT":
                    answer("221 bye")
                    return
                else:
                    answer("250 ok")

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def test_the_outbox_has_a_file_for_each_message(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", "Rushes <rushes@example.com>")

    async def main() -> None:
        await outbox.send(MESSAGE)
        await outbox.send(Message("bob@example.com", "Second", "Zweite Zeile mit ü.\n"))

    asyncio.run(main())
    first, second = sorted((tmp_path / "outbox").iterdir())
    mail = email.message_from_bytes(first.read_bytes(), policy=email.policy.default)
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "Rushes <rushes@example.com>", "ada@example.com", "Grüße",
    )  # fmt: skip
    assert mail.get_content() == MESSAGE.text
    assert "t" * 43 in first.read_text(), "a token can be copied out of the file"
    assert mail["Message-ID"].endswith("@example.com>")
    mail = email.message_from_bytes(second.read_bytes(), policy=email.policy.default)
    assert mail.get_content() == "Zweite Zeile mit ü.\n"
    assert {oct(path.stat().st_mode)[-3:] for path in (first, second)} == {"600"}


def test_a_server_takes_the_message(server: Server) -> None:
    smtp = Smtp(f"smtp://127.0.0.1:{server.port}", "rushes@example.com")
    asyncio.run(smtp.send(MESSAGE))
    assert "mail FROM:<rushes@example.com>" in server.said
    assert "rcpt TO:<ada@example.com>" in server.said
    assert "    " + "t" * 43 in server.said
    assert ".." in server.said, "a line with a dot alone does not end the message"


def test_a_password_is_never_sent_in_the_clear() -> None:
    server = Server("AUTH PLAIN LOGIN")
    smtp = Smtp(f"smtp://me:s%40cret@127.0.0.1:{server.port}", "rushes@example.com")
    with pytest.raises(OSError, match="no TLS"):
        asyncio.run(smtp.send(MESSAGE))
    server.close()
    assert not any(line.upper().startswith("AUTH") for line in server.said)


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_server_that_refuses_is_an_error_that_callers_expect(verb: str) -> None:
    server = Server(refuses=verb)
    with pytest.raises(OSError, match=r"."):
        asyncio.run(Smtp(f"smtp://127.0.0.1:{server.port}", "rushes@example.com").send(MESSAGE))
    server.close()


def test_no_server_is_an_error_that_callers_expect() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(OSError, match=r"."):
        asyncio.run(Smtp(f"smtp://127.0.0.1:{port}", "rushes@example.com").send(MESSAGE))


@pytest.mark.parametrize("url", ["mail.example.com", "http://x", "smtp://", "smtp://host:99999", "smtp://[x", "smtps:"])
def test_addresses_that_cannot_be_used(url: str) -> None:
    with pytest.raises(BadMailAddress):
        Smtp(url, "rushes@example.com")
