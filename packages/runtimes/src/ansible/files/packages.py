"""Pins (`resolve`) or installs (`install`) what wanted.json lists: collections, roles, packages of Python."""

import glob
import json
import os
import subprocess
import sys

FOLDER = "packages"


def main():
    with open("wanted.json") as file:
        wanted = json.load(file)
    os.makedirs(FOLDER, exist_ok=True)
    if sys.argv[1] == "install":
        install_galaxy(wanted)
        install_python(wanted["python"])
        return
    # What galaxy offers is known for sure only once it is here; Python's packages are pinned without being installed.
    install_galaxy(wanted)
    pinned = {"collections": pin_collections(wanted), "roles": wanted["roles"], "python": pin_python(wanted["python"])}
    with open("lock", "w") as file:
        json.dump(pinned, file, indent=1, sort_keys=True)


def install_galaxy(wanted):
    for kind in ("collections", "roles"):
        if not wanted[kind]:
            continue
        with open("requirements.yml", "w") as file:
            json.dump({kind: wanted[kind]}, file)
        word = kind[:-1]
        options = ["-r", "requirements.yml", "-p", f"{FOLDER}/{kind}"]
        run("-c", "from ansible.cli.galaxy import main; main()", word, "install", *options)


def pin_collections(wanted):
    """All that came, those that others asked for too; one that has an address of its own keeps it."""
    addressed = [entry for entry in wanted["collections"] if entry.get("type") in ("url", "git") or "://" in entry["name"]]
    pinned = []
    for manifest in sorted(glob.glob(f"{FOLDER}/collections/ansible_collections/*/*/MANIFEST.json")):
        with open(manifest) as file:
            info = json.load(file)["collection_info"]
        pinned.append({"name": f"{info['namespace']}.{info['name']}", "version": info["version"]})
    return addressed + [entry for entry in pinned if not addressed]


def pin_python(names):
    if not names:
        return []
    run("-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "report.json", *names)
    with open("report.json") as file:
        items = [entry["metadata"] for entry in json.load(file)["install"]]
    return sorted(f"{item['name']}=={item['version']}" for item in items)


def install_python(pins):
    if pins:
        run("-m", "pip", "install", "--quiet", "--no-deps", "--target", f"{FOLDER}/python", *pins)


def run(*arguments):
    code = subprocess.run([sys.executable, "-B", "-X", "utf8", *arguments]).returncode
    if code == 0:
        return
    if arguments[1] == "pip" and subprocess.run([sys.executable, "-c", "import pip"], stderr=subprocess.DEVNULL).returncode:
        print("packages of Python need pip beside Ansible: apt-get install -y python3-pip", file=sys.stderr)
    sys.exit(code)


main()
