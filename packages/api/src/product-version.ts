/** Our own version, and the API version whose shapes we speak. */
export const PRODUCT_VERSION = '0.1.0'
export const VERSION_TEXT = `CE v1.819.0 (Millrace ${PRODUCT_VERSION})`
