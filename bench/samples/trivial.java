public class Main {
    public static Object main(String name) {
        return "hello " + name;
    }
}
