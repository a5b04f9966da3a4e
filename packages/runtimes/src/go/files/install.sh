# Called with the go command; brings the modules of go.mod and go.sum into GOMODCACHE. What a resolve brought before is taken
# from there, so that no network is needed.
known=/cache/modules/cache/download
[ -d "$known" ] && export GOPROXY="file://$known,${GOPROXY:-$("$1" env GOPROXY)}"
"$1" mod download
