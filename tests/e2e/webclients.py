"""Programs that other people wrote, as command lines that send an utterance to a web server.

Each is given a name, an address and a path. It posts 64 kB to it: as fast as it can, or, where it
reads from us, as a speaker does: a pre-roll, then 32 kB each second.
"""

import base64
import hashlib
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from curl_cffi import CurlHttpVersion

from tests.e2e.webcloud import SIZE
from tests.home.network import Namespace

PRE_ROLL, PORTION = 20_000, 640
PATIENCE, BRIEF = 60, 9
"""Seconds after which a client gives up; and one that is going to be refused."""


@dataclass(frozen=True)
class Bench:
    """What every client is told."""

    folder: Path
    name: str
    pem: bytes
    """The server's key and certificate."""
    patience: int = PATIENCE

    @property
    def ca(self) -> str:
        return str(self.folder / "ca.pem")

    @property
    def speech(self) -> str:
        return str(self.folder / "speech")

    @property
    def key_hash(self) -> str:
        """What Chromium knows the server's key by."""
        key = x509.load_pem_x509_certificate(self.pem).public_key()
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(der).digest()).decode()


type Command = Callable[[Bench, str, str], list[str]]
"""Takes the bench, the cloud's address and the path; gives the words."""


def curl(bench: Bench, address: str, path: str) -> list[str]:
    return [
        *("curl", "-s", "--cacert", bench.ca, "--max-time", str(bench.patience), "-H", "Expect:"),
        *("--resolve", f"{bench.name}:443:{address}", "-T", "-", "-X", "POST"),
        f"https://{bench.name}{path}",
    ]


def openssl(bench: Bench, address: str, path: str) -> list[str]:
    where = ("-connect", f"{address}:443", "-servername", bench.name, "-CAfile", bench.ca)
    return ["openssl", "s_client", "-quiet", "-no_ign_eof", "-alpn", "http/1.1", *where]


def gnutls(bench: Bench, address: str, path: str) -> list[str]:
    trust = ("--x509cafile", bench.ca, "--sni-hostname", bench.name, "--verify-hostname")
    return ["gnutls-cli", *trust, bench.name, "--alpn", "http/1.1", "-p", "443", address]


def curl_cffi(imitated: str, version: CurlHttpVersion | None = None) -> Command:
    """Return the command of a browser's imitation, perhaps of one version of HTTP only."""

    def command(bench: Bench, address: str, path: str) -> list[str]:
        return [
            *(
                sys.executable,
                "-c",
                _CURL_CFFI,
                imitated,
                str(int(version)) if version else "",
                bench.ca,
                bench.speech,
            ),
            *(f"{bench.name}:443:{address}", f"https://{bench.name}{path}", str(bench.patience)),
        ]

    return command


_CURL_CFFI = """
import sys, time
from io import BytesIO
from pathlib import Path
from curl_cffi import Curl, CurlOpt
from curl_cffi.requests import impersonate
imitated, version, ca, speech, where, url, patience = sys.argv[1:]
speech, taken, answer = Path(speech).read_bytes(), 0, BytesIO()

def read(most):
    global taken
    size = 640 if taken else 20_000
    time.sleep(0.02)
    portion = speech[taken : taken + min(size, most)]
    taken += len(portion)
    return portion

curl = Curl()
curl.setopt(CurlOpt.URL, url.encode())
curl.setopt(CurlOpt.RESOLVE, [where])
curl.setopt(CurlOpt.CAINFO, ca.encode())
curl.setopt(CurlOpt.POST, 1)
curl.setopt(CurlOpt.POSTFIELDSIZE_LARGE, len(speech))
curl.setopt(CurlOpt.READFUNCTION, read)
curl.setopt(CurlOpt.WRITEDATA, answer)
curl.setopt(CurlOpt.TIMEOUT, int(patience))
if version:
    curl.setopt(CurlOpt.HTTP_VERSION, int(version))
assert curl.impersonate(getattr(impersonate, 'DEFAULT_' + imitated.upper())) == 0
curl.perform()
print(answer.getvalue().decode())
"""


def chromium(bench: Bench, address: str, path: str, *, quic: bool = False) -> list[str]:
    """Return the command of a browser that loads a page, which uploads."""
    force = f"--origin-to-force-quic-on={bench.name}:443" if quic else "--disable-quic"
    profile = bench.folder / f"profile-{address}"
    return [
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"),
        *("--disable-background-networking", "--no-first-run", "--disable-component-update"),
        f"--host-resolver-rules=MAP {bench.name} {address}, MAP * ~NOTFOUND",
        *(f"--ignore-certificate-errors-spki-list={bench.key_hash}", force),
        *(f"--timeout={bench.patience * 1000}", "--dump-dom", f"https://{bench.name}{path}/page"),
    ]


def chromium_quic(bench: Bench, address: str, path: str) -> list[str]:
    return chromium(bench, address, path, quic=True)


FED = {"openssl", "gnutls-cli", "curl"}
"""Those that read from us what they send."""


class Run:
    """A client at work."""

    def __init__(
        self, place: Namespace, words: list[str], name: str, path: str, greeted: Callable[[], bool]
    ) -> None:
        """Start it; `greeted` says whether the server's handshake with it is over."""
        self.missing = shutil.which(words[0]) is None
        self._greeted = greeted
        self._fed = words[0] in FED
        self._raw = words[0] != "curl"
        self._head = f"POST {path} HTTP/1.1\r\nHost: {name}\r\nContent-Length: {SIZE}\r\n\r\n"
        if not self.missing:
            self._process = subprocess.Popen(
                place.command(*words),
                stdin=subprocess.PIPE if self._fed else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def finish(self, speech: bytes, answered: Callable[[], bool]) -> str:
        """Feed it if it wants to be fed; return what it printed."""
        if self.missing:
            return ""
        stdin = self._process.stdin
        if stdin is not None:
            try:
                if self._raw:
                    self._wait_for(self._greeted)
                    time.sleep(0.5)  # gnutls-cli forgets what comes before it has seen that too
                    stdin.write(self._head.encode())
                for at in (0, *range(PRE_ROLL, SIZE, PORTION)):
                    stdin.write(speech[at : at + PORTION] if at else speech[:PRE_ROLL])
                    stdin.flush()
                    time.sleep(0.02)
                if self._raw:  # they hang up when we do
                    self._wait_for(answered)
                    time.sleep(1.0)
            except OSError:
                pass  # it has ended
        try:
            return self._process.communicate(timeout=PATIENCE + 30)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.communicate()[0].decode(errors="replace")
        except (OSError, ValueError):
            return self._process.stdout.read().decode(errors="replace")

    def _wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait for something, or for the end of the program, but not for ever."""
        deadline = time.monotonic() + BRIEF
        while self._process.poll() is None and not condition() and time.monotonic() < deadline:
            time.sleep(0.05)
