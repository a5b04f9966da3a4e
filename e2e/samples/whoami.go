package inner

import (
	"net/http"
	"os"
)

func main() (map[string]any, error) {
	token := os.Getenv("WM_TOKEN")
	request, err := http.NewRequest("GET", os.Getenv("BASE_INTERNAL_URL")+"/api/users/whoami", nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("authorization", "Bearer "+token)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	return map[string]any{
		"token":     token,
		"status":    reply.StatusCode,
		"job":       os.Getenv("WM_JOB_ID"),
		"workspace": os.Getenv("WM_WORKSPACE"),
	}, nil
}
