echo "started"
while true; do
  sleep 0.05
done
