export { parseSignature } from '../shared/typescript/signature.ts'
