/** The machine is not ready; the message says what to do about it. */
export class SetupError extends Error {}
