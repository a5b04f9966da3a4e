/** Top-level modules that every supported Python has. */
const MODULES = new Set(
  `__future__ __main__ abc antigravity argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile
  calendar cmath cmd code codecs codeop collections colorsys compileall concurrent configparser contextlib contextvars copy
  copyreg csv ctypes curses dataclasses datetime dbm decimal difflib dis doctest email encodings ensurepip enum errno
  faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib
  grp gzip hashlib heapq hmac html http idlelib imaplib importlib inspect io ipaddress itertools json keyword linecache locale
  logging lzma mailbox marshal math mimetypes mmap modulefinder msvcrt multiprocessing netrc nt ntpath nturl2path numbers
  opcode operator optparse os pathlib pdb pickle pickletools pkgutil platform plistlib poplib posix posixpath pprint profile
  pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy
  sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3 sre_compile sre_constants
  sre_parse ssl stat statistics string stringprep struct subprocess symtable sys sysconfig syslog tabnanny tarfile tempfile
  termios textwrap this threading time timeit tkinter token tokenize trace traceback tracemalloc tty turtle turtledemo types
  typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xml xmlrpc zipapp
  zipfile zipimport zlib zoneinfo`.split(/\s+/),
)

/** Modules by the minor version that brought them. */
const ADDED: Readonly<Record<string, number>> = { tomllib: 11, compression: 14, annotationlib: 14 }

/** Modules by the minor version that dropped them. */
const REMOVED: Readonly<Record<string, number>> = {
  ...removedIn(10, 'formatter parser symbol macpath'),
  ...removedIn(11, 'binhex'),
  ...removedIn(12, 'asynchat asyncore distutils imp smtpd'),
  ...removedIn(
    13,
    `aifc audioop cgi cgitb chunk crypt imghdr lib2to3 mailcap msilib nis nntplib ossaudiodev pipes sndhdr spwd sunau
    telnetlib uu xdrlib`,
  ),
}

/** Whether Python 3.`minor` brings a top-level module with itself. */
export function isStandard(module: string, minor: number): boolean {
  if (MODULES.has(module) || module.startsWith('_')) return true
  const added = Object.hasOwn(ADDED, module) ? ADDED[module] : undefined
  if (added !== undefined) return minor >= added
  const removed = Object.hasOwn(REMOVED, module) ? REMOVED[module] : undefined
  return removed !== undefined && minor < removed
}

function removedIn(minor: number, modules: string): Readonly<Record<string, number>> {
  return Object.fromEntries(modules.split(/\s+/).map((module) => [module, minor]))
}
