name="$1"
times="${2:-1}"

for ((count = 0; count < times; count++)); do
  echo "Hello $name"
done
