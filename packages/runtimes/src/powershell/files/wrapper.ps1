# Started ahead of its job, which comes as one line of JSON on stdin. Runs the script with its arguments by name, and leaves the
# frame for the bridge, which alone holds the channel.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
[Console]::OutputEncoding = [System.Text.UTF8Encoding]::new($false)
$PSStyle.OutputRendering = 'PlainText'

# As it stands in the JSON: the cmdlet for it would take texts that look like dates for dates.
function Read-MillraceValue([System.Text.Json.JsonElement] $element) {
  switch ($element.ValueKind.ToString()) {
    'String' { return $element.GetString() }
    'True' { return $true }
    'False' { return $false }
    'Number' {
      $whole = [long] 0
      if (-not $element.TryGetInt64([ref] $whole)) { return $element.GetDouble() }
      if ($whole -ge [int]::MinValue -and $whole -le [int]::MaxValue) { return [int] $whole }
      return $whole
    }
    'Array' {
      $items = [System.Collections.Generic.List[object]]::new()
      foreach ($item in $element.EnumerateArray()) { $items.Add((Read-MillraceValue $item)) }
      return , $items.ToArray()
    }
    'Object' {
      $members = [ordered] @{}
      foreach ($member in $element.EnumerateObject()) { $members[$member.Name] = Read-MillraceValue $member.Value }
      return [pscustomobject] $members
    }
  }
  return $null
}

# Nobody has a job for us any more.
$millraceInput = [Console]::In.ReadToEnd()
if ([string]::IsNullOrWhiteSpace($millraceInput)) { exit 0 }
$millraceJob = [System.Text.Json.JsonDocument]::Parse($millraceInput).RootElement
$millraceFolder = (Get-Location).Path

function Write-MillraceFrame([string] $kind, [string] $text) {
  [System.IO.File]::WriteAllText("$millraceFolder/.frame-$kind", $text, [System.Text.UTF8Encoding]::new($false))
}

function Get-MillraceArguments {
  $command = Get-Command -Name "$millraceFolder/main.ps1" -CommandType ExternalScript
  $arguments = @{}
  foreach ($member in $millraceJob.GetProperty('args').EnumerateObject()) {
    $parameter = $command.Parameters[$member.Name]
    if (-not $parameter) { continue }
    $value = Read-MillraceValue $member.Value
    if ($parameter.ParameterType -eq [hashtable] -and $value -is [pscustomobject]) {
      $table = @{}
      foreach ($property in $value.PSObject.Properties) { $table[$property.Name] = $property.Value }
      $value = $table
    }
    # One that is null is as one that is not given.
    if ($null -ne $value) { $arguments[$member.Name] = $value }
  }
  return $arguments
}

$millraceState = @{ last = $null; held = $null }
try {
  foreach ($variable in $millraceJob.GetProperty('env').EnumerateObject()) {
    [Environment]::SetEnvironmentVariable($variable.Name, $variable.Value.GetString())
  }
  $millraceArguments = Get-MillraceArguments
  $global:LASTEXITCODE = 0
  # What it gives is printed as it comes; the last thing is the result, printed only if it is a text.
  & "$millraceFolder/main.ps1" @millraceArguments | ForEach-Object {
    if ($null -ne $millraceState.held) { $millraceState.held | Out-String -Stream | Write-Host }
    $millraceState.held = $null
    $millraceState.last = $_
    if ($_ -is [string]) { Write-Host $_ } else { $millraceState.held = $_ }
  }
  # Of `exit`, or of the program that was called last.
  if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
  if (Test-Path -LiteralPath "$millraceFolder/result.json" -PathType Leaf) {
    Write-MillraceFrame 'result' ([System.IO.File]::ReadAllText("$millraceFolder/result.json"))
  } elseif ($null -eq $millraceState.last) {
    Write-MillraceFrame 'result' 'null'
  } else {
    Write-MillraceFrame 'result' (ConvertTo-Json -InputObject $millraceState.last -Depth 100 -Compress)
  }
} catch {
  $name = $_.Exception.GetType().Name
  # Lines of ours are nobody's business.
  $stack = ($_.ScriptStackTrace -split "`n" | Where-Object { $_ -notmatch '/runtime/wrapper\.ps1' }) -join "`n"
  $stack = $stack.Replace("$millraceFolder/", '')
  $message = $_.Exception.Message.Replace("$millraceFolder/", '')
  Write-MillraceFrame 'error' (ConvertTo-Json -Compress -InputObject @{ name = $name; message = $message; stack = $stack })
  exit 1
}
exit 0
