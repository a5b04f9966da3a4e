import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;

public class Main {
    public static Object main() throws Exception {
        String token = System.getenv("WM_TOKEN");
        URI address = URI.create(System.getenv("BASE_INTERNAL_URL") + "/api/users/whoami");
        HttpRequest request = HttpRequest.newBuilder(address).header("authorization", "Bearer " + token).build();
        int status = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        return Map.of(
                "token", token,
                "status", status,
                "job", System.getenv("WM_JOB_ID"),
                "workspace", System.getenv("WM_WORKSPACE"));
    }
}
