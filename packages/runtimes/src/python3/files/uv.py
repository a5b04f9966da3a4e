"""uv where the host has none: its wheel, taken from the package index once and kept, and looked at before each use."""

import glob
import hashlib
import html.parser
import importlib
import io
import os
import platform
import re
import ssl
import sys
import sysconfig
import urllib.error
import urllib.parse
import urllib.request
import zipfile

VERSION = "0.13.9"
# The wheel's platform, and the hash of the program in it.
PROGRAMS = {
    "linux-x86_64-gnu": (
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "b73acdf73b96c3ac9e56d2fa933427b3ee6a901e3cce6ba1e3ecb3f91ca0d86a",
    ),
    "linux-x86_64-musl": (
        "musllinux_1_1_x86_64",
        "edbfb9a3d00dc84148e6691cd8740781fdc32db6505d7ef88ba6c3e569d5bec9",
    ),
    "linux-aarch64-gnu": (
        "manylinux_2_28_aarch64",
        "6109e47a75f2380d1cc90b00a6ee82b7b5792ddf66588625ec168545ae17512e",
    ),
    "linux-aarch64-musl": (
        "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
        "bbecb5ac518030bb5e84f1999c577228460192832ac24a92bd772735682979f4",
    ),
    "darwin-arm64": (
        "macosx_11_0_arm64",
        "0e17c316d23b33b4e840669f516f5cb7f5c1faa816ebd3824052ab50082ecefb",
    ),
    "darwin-x86_64": (
        "macosx_10_12_x86_64",
        "9d275208c058354f9b300ea46a499c7a29de3249ae839503cadff2c01c159d69",
    ),
}
TIMEOUT_S = 60
# Where Python keeps the pip that it gives to new environments.
BUNDLED = os.path.join(sysconfig.get_path("stdlib"), "ensurepip", "_bundled")


class Unavailable(Exception):
    pass


def find(found, cache):
    """The host's own; else the kept one, when it is still what it was; else a new one."""
    if found:
        return found
    wheel, digest = PROGRAMS.get(this_platform(), (None, None))
    if wheel is None:
        raise Unavailable(f"uv is needed to install packages, and none is known for {this_platform()}: install uv on this host.")
    kept = os.path.join(cache, f"uv-{VERSION}")
    data = read(kept)
    if data is None or hashlib.sha256(data).hexdigest() != digest:
        data = fetch(wheel)
        if hashlib.sha256(data).hexdigest() != digest:
            raise Unavailable("The uv that the package index gave is not the one expected: install uv on this host.")
        keep(kept, data)
    # A copy of this box's own: what is in the cache, packages that are built in other boxes could change.
    own = os.path.join(os.environ.get("TMPDIR", "/tmp"), "uv")
    with open(own, "wb") as file:
        file.write(data)
    os.chmod(own, 0o755)
    return own


def this_platform():
    machine = platform.machine()
    if sys.platform != "linux":
        return f"{sys.platform}-{machine}"
    is_musl = "musl" in (sysconfig.get_config_var("HOST_GNU_TYPE") or "")
    return f"linux-{machine}-{'musl' if is_musl else 'gnu'}"


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def keep(path, data):
    making = f"{path}.{os.getpid()}-{os.urandom(4).hex()}"
    with open(making, "wb") as file:
        file.write(data)
    os.replace(making, path)


def fetch(wheel):
    name = f"uv-{VERSION}-py3-none-{wheel}.whl"
    print("fetching uv, which installs packages", flush=True)
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or default_index()
    if not index:
        raise Unavailable(
            "uv is needed to install packages, and no package index is known to fetch it from:"
            " install uv on this host, or start the worker with UV_DEFAULT_INDEX."
        )
    page = f"{index.rstrip('/')}/uv/"
    try:
        links = Links(page)
        links.feed(get(page).decode("utf-8", "replace"))
        if name not in links.found:
            raise Unavailable(f"uv is needed to install packages, and the package index has no {name}: install uv on this host.")
        with zipfile.ZipFile(io.BytesIO(get(links.found[name]))) as archive:
            return archive.read(f"uv-{VERSION}.data/scripts/uv")
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        raise Unavailable(
            "The package index could not be reached; ask an administrator whether this worker may reach it, and run again."
            f" (uv could not be fetched from {hide_password(page)}: {reason})"
        ) from None


def default_index():
    """Where pip looks when nobody says anything else, as the pip of this Python or the one bundled with it knows."""
    folders = [sysconfig.get_path("purelib"), "/usr/lib/python3/dist-packages", *glob.glob(os.path.join(BUNDLED, "pip-*.whl"))]
    sys.path += folders
    try:
        return importlib.import_module("pip._internal.models.index").PyPI.simple_url
    except (ImportError, AttributeError):
        return None
    finally:
        del sys.path[-len(folders):]


class Links(html.parser.HTMLParser):
    """The files of a page of the index, by name."""

    def __init__(self, page):
        super().__init__()
        self.page = page
        self.found = {}

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get("href") if tag == "a" else None
        if address:
            whole = urllib.parse.urljoin(self.page, address).partition("#")[0]
            self.found[urllib.parse.unquote(whole.rpartition("/")[2])] = whole


def get(address):
    parts = urllib.parse.urlsplit(address)
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    request = urllib.request.Request(plain, headers={"user-agent": f"millrace uv/{VERSION}", "accept": "text/html, */*;q=0.1"})
    if parts.username:
        import base64

        account = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        request.add_header("authorization", "Basic " + base64.b64encode(account.encode()).decode())
    bundle = next((os.environ[name] for name in ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE") if os.environ.get(name)), None)
    context = ssl.create_default_context(cafile=bundle)
    with urllib.request.urlopen(request, timeout=TIMEOUT_S, context=context) as reply:
        return reply.read()


def hide_password(address):
    return re.sub(r"//[^@/]*@", "//", address)
