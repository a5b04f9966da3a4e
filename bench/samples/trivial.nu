def main [name: string] {
    $"hello ($name)"
}
