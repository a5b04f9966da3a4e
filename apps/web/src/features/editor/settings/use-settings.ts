import { useEffect, useState } from 'react'
import { parseSettings, type ScriptSettings, type SettingErrors } from '../../../data/parse-settings.ts'
import type { SettingName, SettingsForm } from '../../../data/script-settings.ts'
import { fieldId } from './setting-groups.ts'

export interface SettingsState {
  readonly settings: ScriptSettings
  readonly errors: SettingErrors
  readonly isOpen: boolean
  readonly toggle: () => void
  /** Opens them at a field. */
  readonly openAt: (name: SettingName) => void
  /** False when one is wrong; then it is shown. */
  readonly check: () => boolean
}

/** The settings that are being typed: what they mean, and whether they are on screen. */
export function useSettings(form: SettingsForm): SettingsState {
  const { settings, errors } = parseSettings(form)
  const [isOpen, setOpen] = useState(false)
  // An object, so that the same field is led to again.
  const [target, setTarget] = useState<{ readonly name: SettingName } | undefined>()

  useEffect(() => {
    if (target) document.getElementById(fieldId(target.name))?.focus()
  }, [target])

  function openAt(name: SettingName) {
    setOpen(true)
    setTarget({ name })
  }

  return {
    settings,
    errors,
    isOpen,
    toggle: () => setOpen(!isOpen),
    openAt,
    check() {
      const [wrong] = Object.keys(errors) as readonly SettingName[]
      if (wrong !== undefined) openAt(wrong)
      return wrong === undefined
    },
  }
}
