// Command main calls the function main of the package inner with the arguments that arrive on descriptor 3 as JSON, and
// answers with one frame.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"syscall"

	"job/inner"
)

type input struct {
	Names []string                   `json:"names"`
	Args  map[string]json.RawMessage `json:"args"`
}

type failure struct {
	Name    string `json:"name"`
	Message string `json:"message"`
	Stack   string `json:"stack"`
}

var channel *os.File

func main() {
	// Out of the script's way, and not for the processes that it starts.
	descriptor, err := syscall.Dup(3)
	if err != nil {
		os.Exit(1)
	}
	syscall.CloseOnExec(descriptor)
	syscall.Close(3)
	channel = os.NewFile(uintptr(descriptor), "channel")

	var job input
	var size int
	if _, err := fmt.Fscanf(channel, "%d\n", &size); err != nil {
		os.Exit(0)
	}
	if err := json.NewDecoder(channel).Decode(&job); err != nil {
		fail(failure{"ExecutionErr", "the input is no JSON: " + err.Error(), ""})
	}
	send("result", encode(call(job)))
}

// call gives the first result of main; an error among its results, or a panic, fails the job.
func call(job input) any {
	defer func() {
		if thrown := recover(); thrown != nil {
			fail(failure{"panic", fmt.Sprint(thrown), userFrames(string(debug.Stack()))})
		}
	}()
	function := reflect.ValueOf(inner.MillraceMain)
	if function.Kind() != reflect.Func {
		fail(failure{"ExecutionErr", "main is not a function", ""})
	}
	results := function.Call(arguments(function.Type(), job))
	var value any
	for index, result := range results {
		if err, isError := result.Interface().(error); isError && err != nil {
			fail(failure{errorName(err), err.Error(), ""})
		}
		if index == 0 && !function.Type().Out(0).Implements(reflect.TypeOf((*error)(nil)).Elem()) {
			value = result.Interface()
		}
	}
	return value
}

func arguments(kind reflect.Type, job input) []reflect.Value {
	values := make([]reflect.Value, kind.NumIn())
	for index := range values {
		value := reflect.New(kind.In(index))
		values[index] = value.Elem()
		if index >= len(job.Names) {
			continue
		}
		name := job.Names[index]
		raw, given := job.Args[name]
		if !given {
			continue
		}
		if err := json.Unmarshal(raw, value.Interface()); err != nil {
			message := strings.TrimPrefix(err.Error(), "json: ")
			fail(failure{"ArgumentError", fmt.Sprintf("argument %q: %s", name, message), ""})
		}
	}
	return values
}

func encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fail(failure{"ExecutionErr", "main returned a value that is no JSON: " + strings.TrimPrefix(err.Error(), "json: "), ""})
	}
	return buffer.Bytes()
}

func fail(reason failure) {
	body, _ := json.Marshal(reason)
	send("error", body)
	os.Exit(1)
}

func send(kind string, body []byte) {
	fmt.Fprintf(channel, "%s %d\n", kind, len(body))
	if _, err := channel.Write(body); err != nil {
		fmt.Fprintln(os.Stderr, "the result could not be sent:", err)
		os.Exit(1)
	}
}

func errorName(err error) string {
	name := strings.TrimPrefix(reflect.TypeOf(err).String(), "*")
	if name == "errors.errorString" || name == "fmt.wrapError" || name == "errors.joinError" {
		return "error"
	}
	return strings.TrimPrefix(name, "inner.")
}

// userFrames keeps the pairs of lines (function, place) that are in the script.
func userFrames(stack string) string {
	lines := strings.Split(stack, "\n")
	var kept []string
	for index := 1; index < len(lines); index++ {
		place := strings.TrimSpace(lines[index])
		if !strings.HasPrefix(place, "job/inner/main.go:") {
			continue
		}
		function := strings.TrimPrefix(lines[index-1], "job/inner.")
		kept = append(kept, function, "\t"+strings.Fields(strings.TrimPrefix(place, "job/inner/"))[0])
	}
	return strings.Join(kept, "\n")
}
