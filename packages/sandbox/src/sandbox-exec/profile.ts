import type { RunSpec } from '../spec.ts'

const READABLE = [
  '/usr',
  '/bin',
  '/sbin',
  '/System',
  '/Library',
  '/private/etc/ssl',
  '/private/etc/hosts',
  '/private/etc/resolv.conf',
  '/dev',
]
const WRITABLE_DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/tty']

/** The rules of one box in the profile language of macOS: all is denied but what is listed. */
export function sandboxProfile(spec: RunSpec): string {
  const readable = [...READABLE, ...spec.mounts.map((mount) => mount.host)]
  const writable = spec.mounts.filter((mount) => mount.writable).map((mount) => mount.host)
  return [
    '(version 1)',
    '(deny default)',
    '(allow process-fork process-exec)',
    '(allow signal (target same-sandbox))',
    '(allow process-info* (target same-sandbox))',
    '(allow sysctl-read)',
    '(allow mach-lookup (global-name "com.apple.system.notification_center") (global-name "com.apple.dnssd.service"))',
    '(allow file-read-metadata)',
    `(allow file-read* (literal "/") ${readable.map(subpath).join(' ')})`,
    `(allow file-write* ${[...writable.map(subpath), ...WRITABLE_DEVICES.map(literal)].join(' ')})`,
    ...(spec.network === 'host' ? ['(allow network*)'] : []),
  ].join('\n')
}

function subpath(path: string): string {
  return `(subpath ${quote(path)})`
}

function literal(path: string): string {
  return `(literal ${quote(path)})`
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
