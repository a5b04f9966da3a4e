import java.util.List;
import java.util.Map;

/** A script like many: it runs before the first job does. */
public class Main {
    static Object main(String a, int b, List<Object> c) {
        return Map.of("a", a + b, "c", c);
    }
}
