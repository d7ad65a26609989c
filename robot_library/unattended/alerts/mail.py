"""By e-mail: SMTP with STARTTLS or TLS, the password from the vault."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from robot_library.interfaces import Credential
from robot_library.model.alerting import Mail

_PATIENCE = 30.0


async def send(server: Mail, credential: Credential | None, to: str, subject: str, text: str, ident: str) -> None:
    """Hand one mail over to the server. Raises what smtplib, ssl or the network raise.

    `ident` makes the Message-ID: a mail that is sent again after a lost answer is recognised as the same.
    """
    await asyncio.to_thread(_send, server, credential, _mail(server.from_, to, subject, text, ident))


def _mail(sender: str, to: str, subject: str, text: str, ident: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Date"] = sender, to, " ".join(subject.split()), formatdate()
    mail["Message-ID"] = f"<{ident}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def _send(server: Mail, credential: Credential | None, mail: EmailMessage) -> None:
    with _connected(server) as connection:
        if credential is not None:
            connection.login(credential.user, credential.password)
        connection.send_message(mail)


def _connected(server: Mail) -> smtplib.SMTP:
    if server.security == "none":
        return smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
    trust = ssl.create_default_context(cafile=server.authority)
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=_PATIENCE, context=trust)
    connection = smtplib.SMTP(server.host, server.port, timeout=_PATIENCE)
    try:
        connection.starttls(context=trust)
    except BaseException:
        connection.close()
        raise
    return connection
