import java.util.Map;

public class Main {
    public static Object main(String name) {
        String greeting = "Hello " + name;
        System.out.println(greeting);
        return Map.of("greeting", greeting);
    }
}
