export { hasEscapes, runEscapes, type EscapeSubject, type Tried } from './run-escapes.ts'
