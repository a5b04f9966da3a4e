/** `ApiKey` → `api_key`, `S3Object` → `s3_object`: the name of a type as the name of a resource type. */
export function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase()
}
