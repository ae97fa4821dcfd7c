"""A small Debian repository on this disk, signed with a key of its own."""

from __future__ import annotations

import email.utils
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from self_test.asterisk import trees


def run(*argv: str | Path) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL).stdout


@dataclass(frozen=True)
class Signer:
    """A GnuPG home with one key. Its path must be short: it holds a socket."""

    home: Path

    def gpg(self, *arguments: str | Path) -> str:
        return run("gpg", "--homedir", self.home, "--batch", "--yes", "--quiet", *arguments)

    def make_key(self) -> None:
        self.home.chmod(0o700)
        self.gpg("--passphrase", "", "--quick-generate-key", "Test <test@example.org>", "ed25519", "sign", "never")

    def close(self) -> None:
        run("gpgconf", "--homedir", self.home, "--kill", "gpg-agent")

    def keyrings(self, directory: Path) -> Path:
        """Write the public key as the package debian-archive-keyring would."""
        directory.mkdir()
        self.gpg("--output", directory / "debian-archive-keyring.gpg", "--export")
        return directory


class Repository:
    """The suite sid with a package asterisk and a library that it depends on."""

    def __init__(self, root: Path, work: Path) -> None:
        self.root = root
        self._work = work
        self.architecture = run("dpkg", "--print-architecture").strip()
        self.release = root / "dists/sid/Release"
        self.inrelease = root / "dists/sid/InRelease"
        self.packages = root / f"dists/sid/main/binary-{self.architecture}/Packages"

    @property
    def uri(self) -> str:
        return f"file:{self.root}"

    def deb(self, name: str) -> Path:
        return self.root / "pool" / f"{name}_1.0_{self.architecture}.deb"

    def build(self, ballast: bytes = b"") -> None:
        """Make the packages, and the index that lists them; `ballast` is put into the library."""
        asterisk = trees.installed(self._work / "asterisk", version="22.99.1+dfsg-1")
        trees.write(asterisk / "usr/share/doc/asterisk/changelog")
        trees.write(asterisk / "usr/share/man/man8/asterisk.8")
        trees.write(asterisk / "etc/asterisk/asterisk.conf")
        trees.write(asterisk / "usr/bin/astdb2sqlite3")
        library = trees.write(self._work / "libtest/usr/lib/libtest.so.1")
        library.write_bytes(ballast)
        (library.parent / "libtest.so").symlink_to("libtest.so.1")
        stanzas = [self._package("asterisk", "libtest, adduser"), self._package("libtest", "")]
        self.packages.parent.mkdir(parents=True)
        self.packages.write_text("\n".join(stanzas))

    def _package(self, name: str, depends: str) -> str:
        control = (f"Package: {name}\nVersion: 1.0\nArchitecture: {self.architecture}\n"
                   "Maintainer: Test <test@example.org>\n" + (f"Depends: {depends}\n" if depends else "")
                   + "Description: test\n")
        trees.write(self._work / name / "DEBIAN/control", control)
        deb = self.deb(name)
        deb.parent.mkdir(parents=True, exist_ok=True)
        run("dpkg-deb", "--build", "--root-owner-group", self._work / name, deb)
        data = deb.read_bytes()
        return (control + f"Filename: pool/{deb.name}\nSize: {len(data)}\n"
                f"SHA256: {hashlib.sha256(data).hexdigest()}\n")

    def publish(self, signer: Signer | None, *, extra: str = "") -> None:
        """Write Release, and InRelease if somebody signs it."""
        index = self.packages.read_bytes()
        entry = f" {hashlib.sha256(index).hexdigest()} {len(index)} {self.packages.relative_to(self.release.parent)}"
        self.release.write_text(
            "Origin: Debian\nSuite: unstable\nCodename: sid\nComponents: main\n"
            f"Architectures: {self.architecture}\nDate: {email.utils.formatdate(usegmt=True)}\n"
            f"{extra}SHA256:\n{entry}\n")
        if signer is not None:
            signer.gpg("--output", self.inrelease, "--clearsign", self.release)
