import { describe, expect, test } from 'vitest'
import { Supervisor, type Service } from './lifecycle.ts'
import { silentLogger } from './logger.ts'

function service(name: string, told: string[], fails: 'start' | 'stop' | 'never' = 'never'): Service {
  const tell = (what: 'start' | 'stop') => {
    told.push(`${what} ${name}`)
    return fails === what ? Promise.reject(new Error(`${name} cannot ${what}`)) : Promise.resolve()
  }
  return { name, start: () => tell('start'), stop: () => tell('stop') }
}

describe('Supervisor', () => {
  test('services start in order and stop in reverse, once', async () => {
    const told: string[] = []
    const supervisor = new Supervisor([service('a', told), service('b', told)], silentLogger)
    await supervisor.start()
    await Promise.all([supervisor.stop(), supervisor.stop()])
    expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a'])
  })

  test('when one cannot start, those that did are stopped and the reason is told', async () => {
    const told: string[] = []
    const supervisor = new Supervisor(
      [service('a', told), service('b', told, 'start'), service('c', told)],
      silentLogger,
    )
    await expect(supervisor.start()).rejects.toThrow('b cannot start')
    expect(told).toEqual(['start a', 'start b', 'stop b', 'stop a'])
  })

  test('one that cannot stop does not keep the others from stopping', async () => {
    const told: string[] = []
    const supervisor = new Supervisor([service('a', told), service('b', told, 'stop')], silentLogger)
    await supervisor.start()
    await supervisor.stop()
    expect(told.at(-1)).toBe('stop a')
  })
})
