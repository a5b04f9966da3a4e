import { nameOf, type Attempt } from './attempt.ts'
import type { EscapeTargets } from './targets.ts'

/** Attempts on services: of the host, of the internet, and of the kernel's sockets. */
export function againstNetwork(targets: EscapeTargets): Attempt[] {
  const about = (name: string, tries: string, ...by: Attempt['by']): Attempt => ({
    name,
    tries,
    needs: 'network',
    network: 'none',
    by,
  })
  const metadata = (name: string, address: string, port = '80'): Attempt => ({
    name: `metadata-${name}`,
    tries: `asks ${address} for the credentials of the machine`,
    needs: 'metadata',
    by: ['tcp', address, port],
  })
  const sockets = [
    '/var/run/docker.sock',
    '/run/docker.sock',
    '/run/containerd/containerd.sock',
    '/run/podman/podman.sock',
    '/run/systemd/private',
    '/run/dbus/system_bus_socket',
    '/var/run/postgresql/.s.PGSQL.5432',
    '/tmp/.s.PGSQL.5432',
    '/tmp/.X11-unix/X0',
  ]
  return [
    about('loopback', 'reaches a service on the loopback of the host', 'tcp', '127.0.0.1', String(targets.port)),
    about('loopback-6', 'reaches a service on the loopback by IPv6', 'tcp', '::1', String(targets.port)),
    about('any-address', 'reaches a service by the address of all', 'tcp', '0.0.0.0', String(targets.port)),
    about('internet', 'reaches an address of the internet', 'tcp', '1.1.1.1', '443'),
    about('names', 'asks a name server', 'tcp', '8.8.8.8', '53'),
    about(
      'interfaces',
      'sees the network of the host',
      'run',
      'WORKED',
      `tail -n +3 /proc/net/dev | grep -v '^ *lo:' | grep -q . && echo WORKED`,
    ),
    about(
      'connections',
      'sees the connections of the host',
      'run',
      'WORKED',
      `grep -qi ':${targets.port.toString(16).padStart(4, '0')} ' /proc/net/tcp && echo WORKED`,
    ),
    about('abstract-socket', 'reaches a service by a socket without a file', 'abstract', targets.abstractName),
    { ...about('host-socket', 'reaches a service by a socket in a folder', 'unix', targets.socket), needs: 'files' },
    ...sockets.map((path): Attempt => ({
      name: `socket-${nameOf(path)}`,
      tries: `reaches ${path}`,
      needs: 'files',
      by: ['unix', path],
    })),
    ...targets.databaseSockets.map((path, index): Attempt => ({
      name: `database-${index + 1}`,
      tries: 'reaches the database of the server',
      needs: 'files',
      by: ['unix', path],
    })),
    metadata('aws', '169.254.169.254'),
    metadata('containers', '169.254.170.2'),
    metadata('pods', '169.254.170.23'),
    metadata('aws-6', 'fd00:ec2::254'),
    metadata('google-6', 'fd20:ce::254'),
    metadata('alibaba', '100.100.100.200'),
    metadata('oracle', '192.0.0.192'),
    metadata('azure', '168.63.129.16'),
    ...(targets.linkLocal ? [metadata('probe', targets.linkLocal.address, String(targets.linkLocal.port))] : []),
    socket('packets', 17, 3, 3),
    socket('ciphers', 38, 5, 0),
    socket('hypervisor', 40, 1, 0),
    socket('bluetooth', 31, 3, 0),
    socket('cluster', 30, 5, 0),
    socket('firewall', 16, 3, 12),
    socket('devices', 16, 3, 15),
    socket('audit', 16, 3, 9),
    { ...socket('raw', 2, 3, 1), needs: 'user' },
  ]
}

function socket(name: string, family: number, type: number, protocol: number): Attempt {
  const by = ['socket', String(family), String(type), String(protocol)] as const
  return {
    name: `socket-of-${name}`,
    tries: `opens a socket of family ${family}, type ${type}, protocol ${protocol}`,
    needs: 'calls',
    by,
  }
}
