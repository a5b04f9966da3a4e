/** Where everything is told (`NOTIFY`). */
export const CHANNEL = 'millrace'
