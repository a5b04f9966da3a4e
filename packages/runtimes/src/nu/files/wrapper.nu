# Runs the script with its arguments, and leaves the frame for the bridge, which alone holds the channel.
let millrace = (open --raw .input.json | from json)
load-env $millrace.env
source main.nu

def millrace-describe [failure: record] {
  let details = ($failure.details? | default {})
  let label = ($details.labels? | default [] | get 0? | default {})
  let hint = ($label.text? | default '')
  let message = if ($hint == '' or $hint == $failure.msg) { $failure.msg } else { $"($failure.msg) \(($hint))" }
  # Where it was, unless that is a line of ours.
  let file = ($label.location?.file? | default '')
  let stack = if ($file ends-with 'main.nu') { $failure.rendered | str replace --all $file 'main.nu' } else { '' }
  let name = ($details.code? | default 'Error' | split row '::' | last)
  { name: $name, message: $message, stack: $stack }
}

try {
  let result = (@call@)
  $result | to json --raw | save --raw --force .frame-result
} catch {|failure|
  millrace-describe $failure | to json --raw | save --raw --force .frame-error
  exit 1
}
