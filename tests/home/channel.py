"""TLS without sockets, so that both ends know where in the ciphertext each record lies.

TLS 1.2 with ECDHE and AES-128-GCM adds 24 bytes to every record (RFC 5288 section 3: 8 of nonce,
16 of tag), which lets a record of any recorded length be made from content 24 bytes shorter.
"""

import datetime
import hashlib
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OVERHEAD = 24
_CIPHER = "ECDHE-ECDSA-AES128-GCM-SHA256"


class NotPinnedError(ssl.SSLError):
    """The server's certificate is not the one the speaker was made with."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The cloud's certificate: what it presents, and what a speaker has burned in."""

    server: ssl.SSLContext
    client: ssl.SSLContext
    fingerprint: str
    pem: bytes
    """The server's key and certificate, for a server in another process."""
    ca: bytes
    """The CA's certificate, for a client in another process."""


def make_identity(names: tuple[str, ...]) -> Identity:
    """Make a certificate for the names, signed by a CA made for this run and then forgotten."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CA of the miniature home")])
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    ca = (
        _builder(ca_name, ca_name, ca_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key()), False)
        .sign(ca_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = (
        _builder(x509.Name([]), ca_name, key.public_key())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()), False
        )
        .sign(ca_key, hashes.SHA256())
    )
    fingerprint = hashlib.sha256(leaf.public_bytes(serialization.Encoding.DER)).hexdigest()
    pem = leaf.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    ca_pem = ca.public_bytes(serialization.Encoding.PEM)
    return Identity(server_context(pem), client_context(ca_pem), fingerprint, pem, ca_pem)


def server_context(pem: bytes) -> ssl.SSLContext:
    """Make the server's side from key and certificate."""
    return _with_identity(_context(ssl.PROTOCOL_TLS_SERVER), pem)


def http_server_context(pem: bytes) -> ssl.SSLContext:
    """Make the server's side of HTTP, on which the client chooses version and cipher."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    return _with_identity(context, pem)


def _with_identity(context: ssl.SSLContext, pem: bytes) -> ssl.SSLContext:
    # The ssl module reads certificates of its own from files only.
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "leaf.pem")
        file.write_bytes(pem)
        context.load_cert_chain(file)
    return context


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
    )


def client_context(ca: bytes) -> ssl.SSLContext:
    """Make the client's side, which trusts one CA only, from that CA's PEM."""
    context = _context(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca.decode())
    return context


def _context(protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHER)
    context.options |= ssl.OP_NO_TICKET
    return context


class Channel:
    """One end of a TLS connection: bytes in, bytes out."""

    def __init__(self, context: ssl.SSLContext, server_name: str | None = None) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming,
            self._outgoing,
            server_side=server_name is None,
            server_hostname=server_name,
        )
        self.ready = False
        """Whether the handshake is over."""

    @property
    def application(self) -> str | None:
        """The protocol that both ends agreed on (ALPN), if any."""
        return self._tls.selected_alpn_protocol()

    def feed(self, ciphertext: bytes) -> bytes:
        """Take bytes from the wire and return the content that became readable."""
        self._incoming.write(ciphertext)
        self.advance()
        content = b""
        try:
            while self.ready and (piece := self._tls.read(65536)):
                content += piece
        except ssl.SSLWantReadError:
            pass
        return content

    def advance(self) -> None:
        """Go on with the handshake as far as the bytes at hand allow."""
        if self.ready:
            return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.ready = True

    def seal(self, content: bytes) -> bytes:
        """Return the record that carries the content."""
        self._tls.write(content)
        return self.pending()

    def pending(self) -> bytes:
        """Return what is to be written to the wire."""
        return self._outgoing.read()

    def check_pin(self, fingerprint: str) -> None:
        """Raise NotPinnedError unless the peer is the one expected."""
        certificate = self._tls.getpeercert(binary_form=True) or b""
        if hashlib.sha256(certificate).hexdigest() != fingerprint:
            raise NotPinnedError
