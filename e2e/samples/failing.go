package inner

import "fmt"

func main(name string) (string, error) {
	fmt.Println("about to fail")
	return "", fmt.Errorf("there is no %s", name)
}
