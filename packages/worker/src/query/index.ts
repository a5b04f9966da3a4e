export { QueryLauncher, type QueryLauncherOptions, type QueryRun } from './query-launcher.ts'
