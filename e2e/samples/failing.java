public class Main {
    public static Object main(String name) {
        System.out.println("about to fail");
        throw new IllegalStateException("there is no " + name);
    }
}
