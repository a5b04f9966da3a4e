package inner

import "fmt"

func main(name string) (map[string]any, error) {
	greeting := fmt.Sprintf("Hello %s", name)
	fmt.Println(greeting)
	return map[string]any{"greeting": greeting}, nil
}
