"""
Pins and installs packages with uv, in a box of its own. `dependencies.py <resolve|install> <cache folder>` reads request.json:

- resolve: `requirements`, with the modules that some were `inferred` from → `requirements.lock`: pins with their hashes.
- install: `requirements`, which are pins → the folder `packages`, with everything compiled.

Both name the `version` of Python and its `program`; where the host lacks it, that is null, `missing` says so, and uv tries to
fetch it. What goes wrong is said on stderr, in words for whoever wrote the script.
"""

import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import uv as uv_program

PACKAGES = "packages"
LOCK = "requirements.lock"
# Characters of what uv said that an error repeats; all of it is in the log.
DETAIL_MAX = 1500
# Inside the packages, so that one folder is all that a job needs.
INTERPRETERS = PACKAGES + "/.python"


class Refused(Exception):
    """The request cannot be met; the text is what the user reads."""


def main():
    action, cache = sys.argv[1:]
    with open("request.json") as file:
        request = json.load(file)
    try:
        if request.get("problem"):
            raise Refused(request["problem"])
        uv = Uv(uv_program.find(request.get("uv"), cache), cache)
        resolve(request, uv) if action == "resolve" else install(request, uv)
    except (Refused, uv_program.Unavailable) as error:
        sys.exit(str(error))


def resolve(request, uv):
    head = ["# py: " + request["version"], *options(request["requirements"])]
    packages = "" if not names_package(request["requirements"]) else compile_lock(request, uv)
    with open(LOCK, "w") as file:
        file.write("\n".join(head) + "\n" + packages)


def compile_lock(request, uv):
    with open("requirements.in", "w") as file:
        file.write("\n".join(request["requirements"]) + "\n")
    say(f"pinning {describe(request['requirements'])} for Python {request['version']}")
    arguments = ["pip", "compile", "requirements.in", "--output-file", "pinned.txt", "--python-version", request["version"]]
    arguments += ["--python", request["program"] or sys.executable, "--generate-hashes", "--no-header", "--no-annotate"]
    arguments += ["--refresh"] if request.get("isUncached") else []
    status, said = uv.run(arguments)
    if status != 0:
        raise Refused(explain(said, request))
    with open("pinned.txt") as file:
        pinned = file.read()
    names = re.findall(r"^([\w.-]+(?:==\S+)?)", pinned, re.MULTILINE)
    say(f"pinned {len(names)}: {', '.join(names)}")
    return "".join(line + "\n" for line in pinned.splitlines() if not line.startswith("--"))


def install(request, uv):
    os.mkdir(PACKAGES)
    program = request["program"] or fetch_interpreter(request, uv)
    if not names_package(request["requirements"]):
        return
    with open(LOCK, "w") as file:
        file.write("\n".join(request["requirements"]) + "\n")
    say(f"installing {describe(request['requirements'])} for Python {request['version']}")
    arguments = ["pip", "install", "--target", PACKAGES, "--python", program, "--no-deps", "-r", LOCK]
    status, said = uv.run([*arguments, "--compile-bytecode"])
    if status != 0:
        raise Refused(explain(said, request))


def fetch_interpreter(request, uv):
    """The interpreter of a version that the host lacks; `current` leads to it."""
    version = request["version"]
    status, said = uv.run(["python", "install", "--install-dir", INTERPRETERS, "--no-bin", version])
    if status != 0:
        raise Refused(f"{request['missing']} It could not be fetched either: {last_cause(said)}")
    names = [name for name in os.listdir(INTERPRETERS) if name.startswith(f"cpython-{version}.")]
    if not names:
        raise Refused(f"{request['missing']} What was fetched is no Python {version}.")
    os.symlink(names[0], INTERPRETERS + "/current")
    return os.path.abspath(f"{INTERPRETERS}/current/bin/python{version}")


class Uv:
    def __init__(self, program, cache):
        self.program = program
        self.environment = {
            **translate(os.environ),
            "UV_CACHE_DIR": os.path.join(cache, "uv-cache"),
            "UV_LINK_MODE": "copy",
            "UV_NO_CONFIG": "1",
            "UV_NO_PROGRESS": "1",
            "UV_PYTHON_DOWNLOADS": "manual",
            # What is installed never changes: no need to look whether its source did.
            "PYC_INVALIDATION_MODE": "UNCHECKED_HASH",
            "NO_COLOR": "1",
        }

    def run(self, arguments):
        done = subprocess.run(
            [self.program, *arguments], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        return done.returncode, done.stderr


# What pip calls it, and what uv does; a list is parted by blanks there, and by the character given here.
TRANSLATIONS = [
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", " "),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX", " "),
    ("PIP_FIND_LINKS", "UV_FIND_LINKS", ","),
    ("PIP_TRUSTED_HOST", "UV_INSECURE_HOST", " "),
    ("PIP_CERT", "SSL_CERT_FILE", " "),
    ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", " "),
]


def translate(environment):
    """The environment with settings of pip as uv reads them; its own words come first."""
    found = dict(environment)
    for pip, uv, separator in TRANSLATIONS:
        if found.get(pip) and not found.get(uv):
            found[uv] = separator.join(item for item in found[pip].split() if is_visible(item))
    return found


def is_visible(item):
    """A folder of the host is not seen in a box, and uv would not go on without it."""
    return not item.startswith("/") or os.path.exists(item)


def explain(said, request):
    """What uv said, after a sentence on what to do where that is known."""
    text = re.sub(r"^\s*(?:warning|Using|Resolved|Prepared|Installed)\b.*\n?", "", said, flags=re.MULTILINE).strip()
    hints = [hint(text, request)] if hint(text, request) else []
    if len(text) > DETAIL_MAX:
        say(text)
        text = "…" + text[-DETAIL_MAX:].partition("\n")[2]
    return "\n".join([*hints, text])


def hint(text, request):
    flat = re.sub(r"[\s│╰─▶├×]+", " ", text)
    if re.search(r"dns error|[Cc]onnection refused|error sending request|[Cc]ould not connect|timed out|tcp connect", flat):
        return "The package index could not be reached; ask an administrator whether this worker may reach it, and run again."
    if re.search(r"build backend returned an error|Failed to build|Failed to download and build", flat):
        name = re.search(r"(?:Failed to build|Failed to download and build) `([^`]+)`", flat)
        return (
            f"The package {name[1] if name else 'that is built here'} has no wheel for Python {request['version']} on this"
            " platform and could not be compiled: pin a version that has one, or let an administrator install what it needs."
        )
    missing = re.search(r"(?:Because )?(\S+) was not found in (?:the package registry|the provided package locations)", flat)
    if missing:
        return explain_missing(missing[1], request.get("inferred", {}))
    if "there is no version of" in flat and "==" in flat:
        return "A version that is asked for does not exist, or does not any more: ask for another one."
    if "No solution found" in flat or "unsatisfiable" in flat:
        return "The packages that are asked for cannot be installed together: loosen one of the versions."
    return None


def explain_missing(name, inferred):
    same = lambda text: re.sub(r"[-_.]+", "-", text).lower()
    module = next((module for package, module in inferred.items() if same(package) == same(name)), None)
    if module is None:
        return f"There is no package {name}: look for its name in the list of requirements."
    return (
        f"The script imports {module}, and there is no package {name}. If the package has another name, write it behind the"
        f" import: `import {module}  # pin: <package>`; if the module is a script of this workspace, import it by its path"
        f" (`from f.folder.{module.split('.')[0]} import …`)."
    )


def last_cause(said):
    lines = [line.strip(" ×│╰─▶├") for line in said.splitlines() if line.strip()]
    return lines[-1].removeprefix("Caused by: ") if lines else "uv ended without a word"


def options(requirements):
    return [line for line in requirements if line.startswith("--")]


def names_package(requirements):
    return any(not line.startswith("--") for line in requirements)


def describe(requirements):
    pins = [line for line in requirements if not re.match(r"--|\s", line)]
    return "1 package" if len(pins) == 1 else f"{len(pins)} packages"


def say(text):
    print(text, flush=True)


main()
