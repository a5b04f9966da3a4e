package inner

func main(name string) (interface{}, error) {
	return "hello " + name, nil
}
