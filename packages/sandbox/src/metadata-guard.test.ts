import { expect, test } from 'vitest'
import { findNameServers } from './metadata-guard.ts'

test('the name servers that need an exception are those in a range that is closed', () => {
  const text = [
    '# nameserver 169.254.1.1',
    'nameserver 169.254.169.253',
    '  nameserver 10.0.0.2',
    'nameserver 168.63.129.16',
    'nameserver fd00:ec2::253',
    'nameserver 2001:db8::1',
    'search example.org',
  ].join('\n')
  expect(findNameServers(text)).toEqual(['169.254.169.253', '168.63.129.16', 'fd00:ec2::253'])
})
