"""Runs the one job of this process: calls `main` of its script and answers with one frame on the channel."""

import asyncio
import atexit
import base64
import collections
import collections.abc
import dataclasses
import datetime
import decimal
import enum
import importlib
import importlib.util
import inspect
import json
import math
import os
import pathlib
import site
import sys
import time
import traceback
import types
import uuid

RUNTIME = os.path.dirname(os.path.abspath(__file__)) + "/"
# What the signature shows for a default that is a call; a form may send it back.
FUNCTION_CALL = "<function call>"


def read_line(channel):
    """One line of at most 100 bytes; empty at the end of the stream."""
    line = b""
    while not line.endswith(b"\n") and len(line) < 100:
        byte = os.read(channel, 1)
        if not byte:
            return b""
        line += byte
    return line


def read_exactly(channel, size):
    chunks = []
    while size > 0:
        chunk = os.read(channel, min(size, 1 << 20))
        if not chunk:
            raise EOFError("the channel ended within a job")
        chunks.append(chunk)
        size -= len(chunk)
    return b"".join(chunks)


def write_all(channel, data):
    view = memoryview(data)
    while view:
        view = view[os.write(channel, view):]


def send_frame(channel, kind, body):
    write_all(channel, frame(kind, body))


def frame(kind, body):
    return b"%s %d\n" % (kind.encode(), len(body)) + body


def run(job, channel, packages=None, over=None):
    """
    Never returns. It stands in the job's own folder, where its script lies; `packages` is that of its lock, if it has one; `over` a pipe
    for the one byte that says that nothing is left to do.
    """
    folder = os.getcwd()
    code = 0
    try:
        prepare_job(job, folder, packages)
        said = answer(job, folder, channel)
    except BaseException as error:  # whatever the script raises is its outcome
        code = 1
        said = ("error", json.dumps(describe(error)).encode())
    finish()
    try:
        send_frame(channel, *said)
        if over is not None:
            os.write(over, b".")
    except OSError as error:
        os.write(2, f"the result could not be sent, because the script closed its channel ({error.strerror})\n".encode())
        code = 1
    os._exit(code)


def rehearse():
    """Does what every job does, for what an interpreter touches for the first time."""
    space = {}
    exec(compile("def main(text: str = '') -> dict:\n    return {'text': text}\n", "/job/main.py", "exec"), space)
    job = {"args": json.loads('{"text": "a"}'), "conversions": {}}
    function = space["main"]
    return frame("result", encode(call(function, choose_arguments(function, job))))


def prepare_process(folder):
    """What a process does for its first job, and need not wait for it."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")


def prepare_job(job, folder, packages):
    os.environ.update(environment_of(job))
    if "TZ" in job["env"]:
        time.tzset()
    sys.argv = [folder + "/" + job["file"]]
    if packages:
        # Behind the standard library, which no package replaces. Only here, since it runs what packages bring (`.pth` files).
        site.addsitedir(packages)
        # Interpreters that the script starts find them too.
        os.environ.setdefault("PYTHONPATH", packages)


def environment_of(job):
    """By the name of the entry a task of the published client knows that it is to run here."""
    entry = job["entrypoint"]
    return {**job["env"], "MAIN_OVERRIDE": entry} if isinstance(entry, str) and entry != "main" else job["env"]


def answer(job, folder, channel=None):
    """
    The kind of a frame and its bytes: the value of `main`, or what a workflow waits for. `channel` is for questions to the worker while the
    job runs, where it answers.
    """
    function, arguments = find(job, folder)
    if job.get("workflow") and getattr(function, "_is_workflow", False):
        replay = load("millrace_workflow", RUNTIME + "workflow.py", True)
        kind, value = asyncio.run(replay.run_workflow(function, arguments, job["workflow"], asking(channel)))
        return kind, encode(value, job["isPlain"])
    return "result", encode(call(function, arguments), job["isPlain"])


def asking(channel):
    """What sends the worker a frame and gives its answer, one question at a time."""
    if channel is None:
        return None

    async def ask(kind, body):
        loop = asyncio.get_running_loop()
        send_frame(channel, kind, body)
        answered = asyncio.Event()
        loop.add_reader(channel, answered.set)
        try:
            await answered.wait()
        finally:
            loop.remove_reader(channel)
        header = read_line(channel)
        if not header:
            raise EOFError("the worker has closed its channel")
        return read_exactly(channel, int(header))

    return ask


def find(job, folder):
    """`main`, or the function that the job names, and what it is called with."""
    if job.get("problem"):
        raise InterpreterMissing(job["problem"])
    module = load(job["module"], folder + "/" + job["file"], job["isAlone"])
    name = job["entrypoint"]
    function = getattr(module, name, None) if isinstance(name, str) else None
    if not callable(function):
        raise AttributeError(f"the script has no function {name}")
    return function, choose_arguments(function, job)


def call(function, arguments):
    value = function(**arguments)
    if inspect.isasyncgen(value):
        return asyncio.run(collect(value))
    if inspect.isawaitable(value):
        return asyncio.run(wait(value))
    return gather(value) if inspect.isgenerator(value) else value


class InterpreterMissing(Exception):
    """The script asks for a Python that this host lacks."""


def load(name, path, is_alone):
    """A script with a path is the module of that path: it and the scripts that it imports may import each other."""
    if "." in name and not is_alone:
        return importlib.import_module(name)
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    # As `exec_module` does, but for the look at a cache that is not there.
    exec(spec.loader.source_to_code(spec.loader.get_data(path), path), module.__dict__)
    return module


async def wait(value):
    return await value


async def collect(items):
    gathered = Gathered()
    async for item in items:
        gathered.add(item)
    return gathered.value()


def gather(items):
    gathered = Gathered()
    for item in items:
        gathered.add(item)
    return gathered.value()


class Gathered:
    """What a generator yields: texts are pieces of the result that are told while it runs, anything else makes a list."""

    def __init__(self):
        self.items = []
        self.is_text = None

    def add(self, item):
        if self.is_text is None:
            self.is_text = isinstance(item, str)
        if not self.is_text:
            self.items.append(item)
            return
        text = item if isinstance(item, str) else encode(item).decode()
        print("WM_STREAM: " + text.replace("\n", "\\n"), flush=True)

    def value(self):
        """Nothing where all of it was told: then that is the result."""
        return None if self.is_text else self.items


def choose_arguments(function, job):
    """The given arguments that `main` knows; all of them when it takes any."""
    named, takes_any = parameters_of(function)
    conversions = job["conversions"]
    return {
        name: convert(value, conversions.get(name))
        for name, value in job["args"].items()
        if (name in named or takes_any) and value != FUNCTION_CALL
    }


def parameters_of(function):
    """The names that it can be called with, and whether it takes any other."""
    if type(function) is types.FunctionType and not function.__dict__:
        # What `inspect` says of it too, after a multiple of the time.
        code = function.__code__
        names = code.co_varnames[code.co_posonlyargcount:code.co_argcount + code.co_kwonlyargcount]
        return frozenset(names), bool(code.co_flags & inspect.CO_VARKEYWORDS)
    parameters = inspect.signature(function).parameters.values()
    named = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    return named, any(p.kind is p.VAR_KEYWORD for p in parameters)


def convert(value, to):
    if isinstance(value, list) and to:
        return [convert(item, to) for item in value]
    if not isinstance(value, str) or not to:
        return value
    if to == "bytes":
        return base64.b64decode(value)
    if to == "date":
        return datetime.date.fromisoformat(value[:10])
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))


def encode(value, is_plain=False):
    """UTF-8 JSON; NaN and infinities become null. Of a plain result, what is no JSON becomes its text."""
    convert_value = str if is_plain else to_json
    try:
        text = dump(value, convert_value)
    except ValueError as error:
        if "Out of range float" not in str(error):
            raise ValueError(f"main returned a value that is no JSON: {error}") from None
        text = dump(simplify(value, convert_value), convert_value)
    except TypeError as error:
        if "keys must be" not in str(error):
            raise TypeError(f"main returned a value that is no JSON: {error}") from None
        text = dump(simplify(value, convert_value), convert_value)
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(json.loads(text)).encode()


def dump(value, convert_value):
    return json.dumps(value, default=convert_value, allow_nan=False, ensure_ascii=False, separators=(",", ":"))


def to_json(value):
    """What json.dumps asks of a value that it does not know."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        # A time that is missing from a data frame is a datetime of this name.
        return None if type(value).__name__ == "NaTType" else value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal):
        if not value.is_finite():
            return None
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return list(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return foreign_to_json(value)


# How values of well-known packages become plain ones: pandas, polars, pyarrow, numpy, pydantic. None of them is imported here.
FOREIGN = {
    "DataFrame": [("to_dicts", ()), ("to_dict", ("records",))],
    "Table": [("to_pylist", ())],
    "Series": [("tolist", ()), ("to_list", ())],
}
FOREIGN_ANY = [("model_dump", ()), ("tolist", ()), ("to_pylist", ()), ("to_pydatetime", ())]


def foreign_to_json(value):
    kind = type(value).__name__
    if kind == "NAType":
        return None
    if isinstance(value, type):
        raise TypeError(f"Object of type {kind} is not JSON serializable")
    for method, arguments in FOREIGN.get(kind, []) + FOREIGN_ANY:
        if hasattr(value, method):
            return getattr(value, method)(*arguments)
    if hasattr(value, "__fields__") and hasattr(value, "dict"):
        return value.dict()
    if inspect.isgenerator(value) or isinstance(value, (map, filter, zip, range, collections.abc.ValuesView, collections.abc.KeysView, collections.deque)):
        return list(value)
    if isinstance(value, collections.abc.Mapping):
        return dict(value)
    raise TypeError(f"Object of type {kind} is not JSON serializable")


def simplify(value, convert_value):
    """Without NaN and infinities, and with texts for keys: what json.dumps refuses by itself."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key_of(key): simplify(item, convert_value) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [simplify(item, convert_value) for item in value]
    if value is None or isinstance(value, (str, int)):
        return value
    return simplify(convert_value(value), convert_value)


def key_of(key):
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)
    if isinstance(key, (datetime.date, datetime.time)):
        return key.isoformat()
    return str(key.value if isinstance(key, enum.Enum) else key)


def describe(error):
    if isinstance(error, SystemExit):
        code = 0 if error.code is None else error.code
        message = code if isinstance(code, str) else f"the script exited with code {code} before main returned"
        return {"name": "SystemExit", "message": message, "stack": user_stack(error)}
    message = describe_syntax(error) if isinstance(error, SyntaxError) else str(error)
    return {"name": type(error).__name__, "message": message, "stack": user_stack(error)}


def describe_syntax(error):
    place = os.path.basename(error.filename or "")
    return f"{error.msg} ({place}, line {error.lineno})"


def user_stack(error):
    """The traceback without the frames that are ours or the import system's."""
    summary = traceback.TracebackException.from_exception(error)
    seen = set()
    pending = [summary]
    while pending:
        part = pending.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        frames = [f for f in part.stack if not f.filename.startswith((RUNTIME, "<frozen importlib"))]
        part.stack = traceback.StackSummary.from_list(frames)
        pending += [part.__cause__, part.__context__]
    return "".join(summary.format()).rstrip()


def finish():
    """What is to happen when a script ends, before its end is told."""
    try:
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BaseException:  # the script closed or replaced them
        pass
