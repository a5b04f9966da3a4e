import type { Json } from '../core/json.ts'
import type { Frame } from './frame.ts'

/** What a path gives: JSON text, or the sentence that says why it gives nothing. */
export type Found = { readonly ok: true; readonly json: string } | { readonly ok: false; readonly message: string }

/** Variables and resources as the user of a flow may see them. */
export interface References {
  variable(frame: Frame, path: string): Promise<Found>
  resource(frame: Frame, path: string): Promise<Found>
  /** A value with the references in it (`$var:…`, `$res:…`) resolved. */
  resolve(frame: Frame, value: Json): Promise<Found>
}
