# Called with cargo; pins what /job/Cargo.toml asks for. The lock is Cargo.lock, with the manifest in comments before it.
echo 'fn main() {}' >stub.rs
"$1" generate-lockfile --quiet || exit 1
{ sed 's/^/#: /' Cargo.toml; cat Cargo.lock; } >lock
