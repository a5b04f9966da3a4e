package inner

import (
	"fmt"
	"time"
)

func main() (any, error) {
	fmt.Println("started")
	for {
		time.Sleep(50 * time.Millisecond)
	}
}
