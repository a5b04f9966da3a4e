import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { IconButton } from './button.tsx'

interface CopyButtonProps {
  readonly text: string
  readonly label?: string
  /** What says what is copied, where there is more than one to copy. */
  readonly icon?: ReactNode
}

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label = 'Copy', icon = <Copy size={14} /> }: CopyButtonProps) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [isCopied])

  async function copy() {
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }

  return (
    <IconButton label={isCopied ? 'Copied' : label} onClick={() => void copy()}>
      {isCopied ? <Check size={14} className="text-done" /> : icon}
    </IconButton>
  )
}
