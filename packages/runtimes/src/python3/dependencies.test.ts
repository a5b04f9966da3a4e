import { beforeAll, describe, expect, test } from 'vitest'
import { loadGrammars } from '../load-grammars.ts'
import type { FoundToolchain, ScriptSource } from '../runtime.ts'
import { dependencies } from './dependencies.ts'
import { packageOf } from './package-names.ts'
import { python3 } from './index.ts'

beforeAll(() => loadGrammars())

const toolchain: FoundToolchain = {
  found: true,
  version: '3.11.2',
  paths: {
    python: '/usr/bin/python3.11',
    'python3.11': '/usr/bin/python3.11',
    'python3.13': '/opt/python3.13/bin/python3.13',
  },
  mounts: [],
}
const registries = { env: {} }

interface Request {
  readonly requirements: readonly string[]
  readonly version: string
  readonly program?: string
  readonly problem?: string
  readonly inferred: Readonly<Record<string, string>>
}

/** What the step that pins is asked for; undefined where there is none. */
function requestOf(content: string, others: Partial<ScriptSource> = {}): Request | undefined {
  const step = dependencies.resolve({ content, path: 'f/team/script', ...others }, toolchain, registries)
  return step && JSON.parse(step.files['request.json'] ?? '')
}

function requirementsOf(content: string, others: Partial<ScriptSource> = {}): readonly string[] {
  return requestOf(content, others)?.requirements ?? []
}

describe('packages from imports', () => {
  test.each<[string, readonly string[]]>([
    ['import requests', ['requests']],
    ['import requests, httpx as h', ['httpx', 'requests']],
    ['import a.b.c', ['a']],
    ['from bs4 import BeautifulSoup', ['beautifulsoup4']],
    ['import yaml', ['PyYAML']],
    ['from PIL import Image', ['Pillow']],
    ['import cv2', ['opencv-python-headless']],
    ['from sklearn.linear_model import Ridge', ['scikit-learn']],
    ['from dotenv import load_dotenv', ['python-dotenv']],
    ['import psycopg2.extras', ['psycopg2-binary']],
    ['import psycopg', ['psycopg[binary]']],
    ['from dateutil.parser import parse', ['python-dateutil']],
    ['import jwt', ['PyJWT']],
    ['import wmill', ['wmill']],
    ['from google.cloud import storage, bigquery', ['google-cloud-bigquery', 'google-cloud-storage']],
    ['from google.cloud.secretmanager import X', ['google-cloud-secret-manager']],
    ['import google.auth\nfrom google.oauth2 import service_account', ['google-auth']],
    ['from googleapiclient.discovery import build', ['google-api-python-client']],
    ['from google import genai', ['google-genai']],
    ['from google.protobuf import json_format', ['protobuf']],
    ['from azure.storage.blob import BlobClient', ['azure-storage-blob']],
    ['from azure.identity import DefaultAzureCredential', ['azure-identity']],
    ['from opentelemetry import trace', ['opentelemetry-api']],
    ['from opentelemetry.sdk.trace import X', ['opentelemetry-sdk']],
    ['from snowflake import connector', ['snowflake-connector-python']],
    ['import discord\nfrom docx import Document', ['discord.py', 'python-docx']],
    ['import os, sys, json\nfrom __future__ import annotations\nfrom xml.etree import ElementTree\nimport _thread', []],
    ['def main():\n    import requests\n    if True:\n        from polars import col', ['polars', 'requests']],
    ['try:\n    import orjson as json\nexcept ImportError:\n    import json', ['orjson']],
    ['class A:\n    def b(self):\n        import rich', ['rich']],
    ['text = "import nothing"\n# import nothing', []],
    ['from (', []],
    ['import tomllib', []],
    ['# py: ==3.13\nimport cgi', ['legacy-cgi']],
    ['import cgi', []],
    ['from f.team.other import x\nimport u.ada.tool\nfrom . import a\nfrom ..b import c', []],
    ['from pandas import (\n    DataFrame,  # a table\n    Series,\n)', ['pandas']],
  ])('%s', (source, expected) => {
    expect(requirementsOf(source)).toEqual(expected)
  })

  test('a module of no known package has its own name', () => {
    expect(packageOf('some_module.part')).toBe('some_module')
    expect(packageOf('google.colab')).toBeUndefined()
  })

  test('imports of modules count, and a standard library is that of the version', () => {
    const modules = { 'f/team/other': 'import rich\nfrom . import third', 'f/team/third': 'import httpx' }
    expect(requirementsOf('from .other import x', { modules })).toEqual(['httpx', 'rich'])
  })

  test('who said it is told, for the sentence when it does not exist', () => {
    expect(requestOf('#extra_requirements:\n# six\nimport yaml, six')?.inferred).toEqual({ PyYAML: 'yaml' })
  })
})

describe('packages as declared', () => {
  test.each<[string, readonly string[]]>([
    ['#requirements:\n#requests==2.31.0\n#rich\n\nimport httpx', ['requests==2.31.0', 'rich']],
    ['# requirements:\n# requests>=2,<3\n# pandas[excel]==2.*\nimport httpx', ['pandas[excel]==2.*', 'requests>=2,<3']],
    ['#requirements:\nimport requests', []],
    ['# requirements:\n# This script is about something.\nimport requests', []],
    ['#requirements:\n\n# six\nimport requests', []],
    ['#!/usr/bin/env python3\n#requirements:\n#six\n', ['six']],
    ['"""Doc."""\n#requirements:\n#six ; python_version < "4"\n', ['six ; python_version < "4"']],
    ['#requirements: six==1.16.0\nimport requests', ['six==1.16.0']],
    [
      '#requirements:\n# pkg @ https://example.org/pkg.whl\n# git+https://example.org/x.git@v1',
      ['git+https://example.org/x.git@v1', 'pkg @ https://example.org/pkg.whl'],
    ],
    [
      '#requirements:\n# --extra-index-url https://example.org/simple\n# six',
      ['--extra-index-url https://example.org/simple', 'six'],
    ],
    ['#extra_requirements:\n#pyarrow\nimport pandas', ['pandas', 'pyarrow']],
    ['#extra_requirements:\n#pandas==2.2.0\nimport pandas', ['pandas==2.2.0']],
    ['#requirements:\n#six\n#extra_requirements:\n#rich\nimport httpx', ['rich', 'six']],
    ['# /// script\n# dependencies = ["six", \'rich>=13\']\n# ///\nimport httpx', ['rich>=13', 'six']],
    [
      '# /// script\n# requires-python = ">=3.11"\n# dependencies = [\n#   "six==1.16",  # why "not"\n#   "pandas[excel]",\n# ]\n# ///\n',
      ['pandas[excel]', 'six==1.16'],
    ],
    ['# /// script\n# dependencies = []\n# ///\nimport httpx', []],
    ['# /// script\n# requires-python = ">=3.11"\n# ///\nimport httpx', ['httpx']],
    ['# /// script\n# [tool.uv]\n# dependencies = ["no"]\n# ///\nimport httpx', ['httpx']],
    ['#requirements:\n#six\n# /// script\n# dependencies = ["rich"]\n# ///\n', ['six']],
    ['import helper # pin: some-helper==1.2', ['some-helper==1.2']],
    ['import a.b # pin: a-b\nimport a.c # pin: a-c', ['a-b', 'a-c']],
    ['import a # pin: a==1\nimport a # repin: a==2', ['a==2']],
    ['import a\nimport a # pin: a-real', ['a-real']],
    ['import json # pin: simplejson', ['simplejson']],
  ])('%s', (source, expected) => {
    expect(requirementsOf(source)).toEqual(expected)
  })

  test('a pin of a module holds for its script, and one repin for all', () => {
    const modules = { 'f/team/other': 'import a # pin: a==1' }
    expect(requirementsOf('import a\nfrom .other import x', { modules })).toEqual(['a==1'])
    expect(requirementsOf('import a # repin: a==2\nfrom .other import x', { modules })).toEqual(['a==2'])
  })

  test('a list of the script is the whole truth, one of a module its own', () => {
    const modules = { 'f/team/other': '#requirements:\n#rich==13\nimport x' }
    expect(requirementsOf('#requirements:\n#six\nfrom .other import x', { modules })).toEqual(['six'])
    expect(requirementsOf('import httpx\nfrom .other import x', { modules })).toEqual(['httpx', 'rich==13'])
  })
})

describe('dependency files of the workspace', () => {
  test.each<[string, readonly string[]]>([
    ['import x', ['']],
    ['#requirements: base', ['base']],
    ['# requirements: base, more', ['base', 'more']],
    ['#requirements: default', ['']],
    ['#requirements:\n#six', []],
    ['#extra_requirements: base', ['', 'base']],
    ['# /// script\n# dependencies = []\n# ///\n', []],
  ])('%s', (source, names) => {
    expect(dependencies.manifestNames(source)).toEqual(names)
  })

  test('the one for all stands in place of what is inferred, a named one beside', () => {
    const manifests = { '': '# ours\nsix==1.16 # old\n\n', base: 'rich\n--pre\n' }
    expect(requirementsOf('import yaml', { manifests })).toEqual(['six==1.16'])
    expect(requirementsOf('#requirements: base\nimport yaml', { manifests })).toEqual(['--pre', 'rich'])
    expect(requirementsOf('#extra_requirements: base\nimport yaml', { manifests: { base: 'rich' } })).toEqual([
      'PyYAML',
      'rich',
    ])
  })

  test('one that is not there is said', () => {
    expect(requestOf('#requirements: base')?.problem).toContain('"base"')
  })
})

describe('the interpreter', () => {
  test.each<[string, string, string | null]>([
    ['import x', '3.11', '/usr/bin/python3.11'],
    ['# py: >=3.12\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['# py: 3.13\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['# py: >=3.9,<3.13\nimport x', '3.11', '/usr/bin/python3.11'],
    ['# py: ~=3.11\nimport x', '3.11', '/usr/bin/python3.11'],
    ['# py: ~=3.13.1\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['# py: >3.11\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['# py: !=3.11.*\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['#py313\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['#py_select_latest\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['#py310\nimport x', '3.10', null],
    ['# py: ==3.12.*\nimport x', '3.12', null],
    ['# /// script\n# requires-python = ">=3.12"\n# ///\nimport x', '3.13', '/opt/python3.13/bin/python3.13'],
    ['#requirements:\n#six\n# /// script\n# requires-python = ">=3.12"\n# ///\n', '3.11', '/usr/bin/python3.11'],
    ['import x\n# py: 3.13', '3.11', '/usr/bin/python3.11'],
    ['# py: whatever\nimport x', '3.11', '/usr/bin/python3.11'],
  ])('%s', (source, version, program) => {
    const request = requestOf(source)
    expect([request?.version, request?.program ?? null]).toEqual([version, program])
  })

  test('the lock decides, then the script', () => {
    const programOf = (content: string, lock?: string) =>
      python3.prepare({ content, path: undefined, lock }, toolchain).launch.argv[0]
    expect(programOf('#py313\n', '# py: 3.11\nsix==1.16.0\n')).toBe('/usr/bin/python3.11')
    expect(programOf('', '# py: 3.13\nsix==1.16.0\n')).toBe('/opt/python3.13/bin/python3.13')
    expect(programOf('#py313\n')).toBe('/opt/python3.13/bin/python3.13')
    expect(programOf('')).toBe('/usr/bin/python3.11')
    expect(programOf('', '# py: 3.12\nsix==1.16.0\n')).toBe('/deps/.python/current/bin/python3.12')
  })

  test('one that the host lacks is fetched with the packages, or named', () => {
    expect(requestOf('#py310')).toMatchObject({ version: '3.10', requirements: [] })
    expect(dependencies.install('# py: 3.10\n', toolchain, registries)).toBeDefined()
    const { launch } = python3.prepare({ content: '#py310', path: undefined }, toolchain)
    const input = new TextDecoder().decode(launch.encodeInput({ args: {}, env: {} }))
    expect(input).toContain('Python 3.10 is not on this worker, which has 3.11, 3.13')
  })
})

describe('steps', () => {
  test('a script that needs nothing has none', () => {
    expect(dependencies.resolve({ content: 'import json', path: undefined }, toolchain, registries)).toBeUndefined()
    expect(dependencies.install('# py: 3.11\n', toolchain, registries)).toBeUndefined()
    expect(dependencies.install('', toolchain, registries)).toBeUndefined()
  })

  test('equal needs have the same key, whatever the source says besides', () => {
    const keyOf = (content: string, env = {}) =>
      dependencies.resolve({ content, path: undefined }, toolchain, { env })?.key
    expect(keyOf('import requests\nx = 1')).toBe(keyOf('import os, requests'))
    expect(keyOf('import requests')).not.toBe(keyOf('import httpx'))
    expect(keyOf('import requests')).not.toBe(keyOf('#py313\nimport requests'))
    expect(keyOf('import requests')).not.toBe(keyOf('import requests', { PIP_INDEX_URL: 'https://example.org' }))
    expect(keyOf('import requests')).not.toBe(keyOf('#no_cache\nimport requests'))
  })

  test('the key of an install is that of the pins and the version', () => {
    const keyOf = (lock: string) => dependencies.install(lock, toolchain, registries)?.key
    expect(keyOf('# py: 3.11\nsix==1.16.0\n')).toBe(keyOf('# py: 3.11\n# made by hand\nsix==1.16.0  # via x\n\n'))
    expect(keyOf('# py: 3.11\nsix==1.16.0\n')).toBe(keyOf('six==1.16.0\n'))
    expect(keyOf('# py: 3.11\nsix==1.16.0\n')).not.toBe(keyOf('# py: 3.13\nsix==1.16.0\n'))
    expect(keyOf('six==1.16.0')).not.toBe(keyOf('six==1.17.0'))
  })
})

describe('imports of the workspace', () => {
  test.each<[string, string | undefined, readonly string[]]>([
    ['from f.folder.script import x', 'f/a/b', ['f/folder/script', 'f/folder/script/x']],
    ['import f.x.y', undefined, ['f/x/y']],
    ['import u.user.s as s', undefined, ['u/user/s']],
    ['from f.folder import script', undefined, ['f/folder/script']],
    ['from .sib import y', 'f/fold/script', ['f/fold/sib', 'f/fold/sib/y']],
    ['from . import sib, other', 'f/fold/script', ['f/fold/sib', 'f/fold/other']],
    ['from ..up.z import x', 'f/fold/script', ['f/up/z', 'f/up/z/x']],
    ['from ...x import y', 'f/a/b/c', ['f/x/y']],
    ['from ..z import q', 'u/ada/deep/script', ['u/ada/z', 'u/ada/z/q']],
    ['from .sib import y', undefined, []],
    ['from ......x import y', 'f/a/b', []],
    ['def main():\n    from f.a.lazy import x', 'f/a/b', ['f/a/lazy', 'f/a/lazy/x']],
    ['from f.a.b import x', 'f/a/b', ['f/a/b/x']],
    ['from f.a.lib import *', 'f/a/b', ['f/a/lib']],
    ['from f.a.lib import (\n    one,\n    two as three,\n)', 'f/a/b', ['f/a/lib', 'f/a/lib/one', 'f/a/lib/two']],
    ['import requests, functools', 'f/a/b', []],
  ])('%s', (source, path, paths) => {
    expect(dependencies.workspaceImports(source, path)).toEqual(paths)
  })

  test('files lie where they are imported from', () => {
    const modules = { 'f/a/lib': 'x = 1', 'u/ada.l/no': '', 'u/ada/own': 'y = 1' }
    const filesOf = (path: string | undefined) => python3.prepare({ content: 'main', path, modules }, toolchain).files
    expect(filesOf('f/a/script')).toEqual({
      'f/__init__.py': '',
      'u/__init__.py': '',
      'f/a/lib.py': 'x = 1',
      'u/ada/own.py': 'y = 1',
      'f/a/script.py': 'main',
    })
    for (const path of [undefined, '', 'hub/1/x', 'f/only', 'u/ada.l/x', 'f/../../x', 'f/a/../b'])
      expect(filesOf(path)).toHaveProperty(['main.py'], 'main')
  })
})
