import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { BlockList, isIPv6 } from 'node:net'
import { promisify } from 'node:util'
import { findExecutable } from './find-executable.ts'
import { boxUids, processUser } from './uid-leases.ts'

const execute = promisify(execFile)
const TIMEOUT_MS = 5000

/**
 * Where clouds answer any process of a machine with its credentials: link-local addresses (AWS, Google, Azure, Oracle and most
 * others; containers' roles too), and those of AWS by IPv6, Alibaba, Oracle's older one and Azure's host.
 */
export const metadataRanges = [
  '169.254.0.0/16',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::/32',
] as const

/** Places of our rules in the kernel's list: names first, for some clouds resolve them at the same address. */
const NAMES_PLACE = 90
const BARRIER_PLACE = 91

/**
 * Makes the metadata addresses unreachable for every box of this host, whose users are ours alone, by rules of routing: they cost
 * a start nothing, and outlive us. Name servers among the addresses stay reachable at their port. False where we are not root or
 * the host does not let us (a container without `CAP_NET_ADMIN`). `resolvers` is the text of a `resolv.conf`, this host's own when
 * it is absent.
 */
export async function guardMetadata(resolvers?: string): Promise<boolean> {
  const ip = processUser() === 0 ? await findExecutable('ip') : undefined
  if (ip === undefined) return false
  try {
    const nameServers = findNameServers(resolvers ?? readFileSync('/etc/resolv.conf', 'utf8'))
    for (const version of ['-4', '-6'] as const) {
      if (version === '-6' && !hasIPv6()) continue
      const { stdout } = await execute(ip, [version, '-N', 'rule', 'show'], { timeout: TIMEOUT_MS })
      for (const rule of rulesFor(version, nameServers)) await addRule([ip, version], rule, stdout)
    }
    return true
  } catch {
    return false
  }
}

/** Servers of `resolv.conf` that lie in a range which is closed to jobs. */
export function findNameServers(text: string): string[] {
  const closed = new BlockList()
  for (const range of metadataRanges) {
    const [address = '', bits] = range.split('/')
    closed.addSubnet(address, Number(bits), familyOf(address))
  }
  const servers = [...text.matchAll(/^\s*nameserver\s+([0-9a-fA-F.:]+)/gm)].map((match) => match[1] ?? '')
  return servers.filter((server) => closed.check(server, familyOf(server)))
}

interface Rule {
  readonly place: number
  readonly to: string
  readonly action: readonly string[]
}

function rulesFor(version: '-4' | '-6', nameServers: readonly string[]): Rule[] {
  const family = version === '-6' ? 'ipv6' : 'ipv4'
  const names = nameServers
    .filter((server) => familyOf(server) === family)
    .flatMap((to) =>
      ['17', '6'].map((protocol): Rule => ({
        place: NAMES_PLACE,
        to,
        action: ['ipproto', protocol, 'dport', '53', 'lookup', 'main'],
      })),
    )
  const barriers = metadataRanges
    .filter((range) => familyOf(range) === family)
    .map((to): Rule => ({ place: BARRIER_PLACE, to, action: ['prohibit'] }))
  return [...names, ...barriers]
}

/** Adds a rule that another server, or an earlier start, did not add already. */
async function addRule([ip, version]: readonly [string, string], rule: Rule, known: string): Promise<void> {
  const { first, last } = boxUids
  const shown = rule.to.replace(/\/(32|128)$/, '')
  const isThere = known
    .split('\n')
    .some(
      (line) =>
        line.startsWith(`${rule.place}:`) &&
        line.includes(` to ${shown} `) &&
        line.includes(`${first}-${last}`) &&
        (rule.action.length === 1 || line.includes(`ipproto ${rule.action[1]} `)),
    )
  if (isThere) return
  const selector = ['pref', String(rule.place), 'uidrange', `${first}-${last}`, 'to', rule.to]
  try {
    await execute(ip, [version, 'rule', 'add', ...selector, ...rule.action], { timeout: TIMEOUT_MS })
  } catch (error) {
    // Another server of this host was faster.
    if (!String(error).includes('File exists')) throw error
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address.split('/')[0] ?? '') ? 'ipv6' : 'ipv4'
}

function hasIPv6(): boolean {
  try {
    readFileSync('/proc/net/if_inet6')
    return true
  } catch {
    return false
  }
}
