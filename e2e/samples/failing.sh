name="$1"

echo "about to fail"
echo "there is no $name" >&2
exit 3
