# Waits on stdin for its one job: a line with the call of `main`, then JSON with its arguments and environment. The wrapper
# is a program of the words of the command, so that the script is found from the working folder. Called with nu and the wrapper.

# Nobody has a job for us any more.
IFS= read -r call || exit 0
cat >.input.json
wrapper=$(<"$2")
exec "$1" --no-config-file --no-history --commands "${wrapper%%@call@*}$call${wrapper#*@call@}" </dev/null
