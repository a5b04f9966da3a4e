import { expect, test } from 'vitest'
import { readConfig } from '../config.ts'
import { jobLimits } from './worker.ts'

const MB = 1_048_576

test('jobs are held to what the settings say', () => {
  const env = { JOB_MEMORY_MB: '64', JOB_CPUS: '0.5', JOB_DISK_MB: '10', JOB_FILE_MB: '5', JOB_PROCESSES_MAX: '7' }
  expect(jobLimits(readConfig(env))).toEqual({
    memoryBytesMax: 64 * MB,
    cpusMax: 0.5,
    diskBytesMax: 10 * MB,
    fileBytesMax: 5 * MB,
    processesMax: 7,
    openFilesMax: 4096,
  })
})

test('processor time is not bounded unless it is asked for, and the disk is unless it is asked not to', () => {
  expect(jobLimits(readConfig({}))).toMatchObject({ diskBytesMax: 4096 * MB })
  expect(jobLimits(readConfig({}))).not.toHaveProperty('cpusMax')
  expect(jobLimits(readConfig({ JOB_DISK_MB: '0' }))).not.toHaveProperty('diskBytesMax')
})
