/** Where a new flow begins: two steps that run as they stand. The language is the plainest one that servers have. */
export const STARTER = `summary: Greets somebody
description: Makes a greeting, then counts its letters.
value:
  modules:
    - id: a
      summary: Greet
      value:
        type: rawscript
        language: bash
        content: |
          name="$1"
          echo "hello $name"
        input_transforms:
          name:
            type: javascript
            expr: flow_input.name
    - id: b
      summary: Count the letters
      value:
        type: rawscript
        language: bash
        content: |
          greeting="$1"
          echo "counting" >&2
          echo "\${#greeting}"
        input_transforms:
          greeting:
            type: javascript
            expr: results.a
schema:
  type: object
  properties:
    name:
      type: string
      description: Whom to greet
      default: World
  required: [name]
  order: [name]
`
