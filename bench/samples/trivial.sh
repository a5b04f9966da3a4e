name="$1"
echo "hello $name"
