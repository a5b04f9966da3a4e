import { decimal, int, list, text } from '@millrace/base/settings'

/** Settings of a worker process. */
export const workerConfig = {
  slots: int('WORKER_SLOTS', 'Jobs run at once; 0 is twice the number of processors, at least 4.', 0, {
    min: 0,
    max: 10_000,
  }),
  memoryBudgetMb: int(
    'WORKER_MEMORY_MB',
    'Memory that all jobs of this worker together may need, by what their scripts have been seen to need, in megabytes; 0 is four fifths of the memory of the machine.',
    0,
    { min: 0, max: 100_000_000 },
  ),
  tags: list('WORKER_TAGS', 'Tags whose jobs this worker takes; empty: every language and kind it can run.', []),
  exitAfterJobs: int('WORKER_EXIT_AFTER_JOBS', 'Jobs after which this worker ends; 0 is never.', 0),
  drainMs: int('WORKER_DRAIN_MS', 'How long running jobs may go on after a stop was asked, in milliseconds.', 5000),
  graceMs: int('WORKER_KILL_GRACE_MS', 'Between SIGTERM and SIGKILL of a job that must end, in milliseconds.', 2000),
  timeoutMs: int('JOB_TIMEOUT_MS', 'Longest run of a job whose script sets no timeout, in milliseconds.', 900_000, {
    min: 1000,
  }),
  memoryMb: int('JOB_MEMORY_MB', 'Memory of one job with all its processes, in megabytes.', 2048, { min: 16 }),
  cpus: decimal(
    'JOB_CPUS',
    'Processors’ worth of time of one job with all its processes, such as 0.5; 0 is as much as there is.',
    0,
    { max: 10_000 },
  ),
  diskMb: int(
    'JOB_DISK_MB',
    'What one job may write into its folder, all files together, in megabytes; 0 is as much as there is.',
    4096,
    { max: 100_000_000 },
  ),
  processesMax: int('JOB_PROCESSES_MAX', 'Processes and threads of one job.', 512, { min: 4 }),
  fileMb: int('JOB_FILE_MB', 'Size of any one file that a job writes, in megabytes.', 2048, { min: 1 }),
  openFilesMax: int('JOB_OPEN_FILES_MAX', 'Open files of each process of a job.', 4096, { min: 64 }),
  logLengthMax: int('JOB_LOG_LENGTH_MAX', 'Characters of a job log that are kept.', 5_000_000, { min: 1000 }),
  cacheMb: int(
    'WORKER_CACHE_MB',
    'Size of the packages and builds that are kept in the data folder, in megabytes; past it, those go that were not used for longest.',
    10_240,
    { min: 1 },
  ),
  volumesMb: int(
    'WORKER_VOLUMES_MB',
    'What the volumes of one workspace may hold together on this worker, in megabytes; 0 is as much as there is.',
    10_240,
    { max: 100_000_000 },
  ),
  warmIdleMs: int(
    'WORKER_WARM_IDLE_MS',
    'How long a process that was started ahead, or that served a job, waits for the next job of its language, in milliseconds.',
    600_000,
    { min: 1000 },
  ),
  warmMb: int(
    'WORKER_WARM_MB',
    'Memory of all processes that wait for jobs, in megabytes; past it, those go whose language was not used for longest. 0 is a quarter of what is free.',
    0,
    { max: 100_000_000 },
  ),
  internalUrl: text(
    'BASE_INTERNAL_URL',
    'URL under which jobs of this worker reach the API; the local server when there is one, else BASE_URL.',
  ),
  group: text(
    'WORKER_GROUP',
    'Name of the worker group this worker belongs to, which says what it does where its own settings do not.',
    'default',
  ),
}
