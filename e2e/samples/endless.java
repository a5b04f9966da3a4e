public class Main {
    public static Object main() throws InterruptedException {
        System.out.println("started");
        while (true) {
            Thread.sleep(50);
        }
    }
}
