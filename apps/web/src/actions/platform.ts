/** Whether the keyboard in use has ⌘. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)
