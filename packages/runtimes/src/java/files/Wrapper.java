package millrace;

import java.io.DataInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Waits on its descriptor for its one job ("bytes", a line feed, that many bytes of JSON), calls main, answers with one frame. */
public final class Wrapper {
    private static final String SCRIPT = "script";
    private static OutputStream answers;

    public static void main(String[] args) throws Exception {
        FileDescriptor channel = openChannel(Integer.parseInt(args[0]));
        answers = new FileOutputStream(channel);
        warm();
        Map<?, ?> job = receive(new FileInputStream(channel));
        try {
            setEnvironment((Map<?, ?>) job.get("env"));
            answer("result", Json.write(run(job, Path.of(""), Path.of(args[1]))));
        } catch (InvocationTargetException thrown) {
            answer("error", describe(thrown.getCause()));
        } catch (ExecutionException thrown) {
            answer("error", describe(thrown.getCause()));
        } catch (Throwable thrown) {
            answer("error", describe(thrown));
        }
        System.out.flush();
        System.err.flush();
        if (!hasHooks()) answer("over", "");
        System.exit(0);
    }

    private static Object run(Map<?, ?> job, Path folder, Path packages) throws Throwable {
        ClassLoader libraries = new URLClassLoader("packages", findPackages(packages), ClassLoader.getPlatformClassLoader());
        URL program = folder.toAbsolutePath().resolve("program").toUri().toURL();
        ClassLoader loader = new URLClassLoader(SCRIPT, new URL[] {program}, libraries);
        Thread.currentThread().setContextClassLoader(loader);
        List<?> names = (List<?>) job.get("names");
        Method main = findMain(loader, (String) job.get("className"), names.size());
        Object[] arguments = Arguments.choose(main, names, (Map<?, ?>) job.get("args"));
        Object value = main.invoke(null, arguments);
        return value instanceof Future ? ((Future<?>) value).get() : value;
    }

    private static Method findMain(ClassLoader loader, String className, int count) {
        try {
            Method found = null;
            for (Method method : loader.loadClass(className).getDeclaredMethods()) {
                boolean isMain = method.getName().equals("main") && Modifier.isStatic(method.getModifiers());
                if (isMain && !method.isSynthetic() && method.getParameterCount() == count) {
                    if (found == null || Modifier.isPublic(method.getModifiers())) found = method;
                }
            }
            if (found != null) {
                found.setAccessible(true);
                return found;
            }
        } catch (ClassNotFoundException absent) {
            // The sentence below says it.
        }
        throw new Failure("ExecutionErr", "the script has no class Main with a static method main");
    }

    static URL[] findPackages(Path folder) throws IOException {
        List<Path> jars = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.jar")) {
                files.forEach(jars::add);
            }
        }
        Collections.sort(jars);
        URL[] urls = new URL[jars.size()];
        for (int index = 0; index < urls.length; index++) urls[index] = jars.get(index).toUri().toURL();
        return urls;
    }

    /** What a first job would load and nobody should wait for: a job of our own, whose program lies beside this class. */
    private static void warm() throws Exception {
        Map<?, ?> job = (Map<?, ?>) Json.parse(
                "{\"className\":\"Main\",\"names\":[\"a\",\"b\",\"c\"],\"args\":{\"a\":\"x\",\"b\":1,\"c\":[1.5,true,null]},\"env\":{}}");
        setEnvironment((Map<?, ?>) job.get("env"));
        Path folder = Path.of(Wrapper.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        try {
            Json.write(run(job, folder, Path.of("/nowhere")));
        } catch (Throwable impossible) {
            System.err.println(impossible);
        }
        Thread.currentThread().setContextClassLoader(own);
        frame("result", "");
        hasHooks();
        describe(new Failure("a", "b"));
    }

    /** Whether something is to run at the end, or may be. */
    private static boolean hasHooks() {
        try {
            var field = Class.forName("java.lang.ApplicationShutdownHooks").getDeclaredField("hooks");
            field.setAccessible(true);
            return !((Map<?, ?>) field.get(null)).isEmpty();
        } catch (ReflectiveOperationException other) {
            return true;
        }
    }

    private static Map<?, ?> receive(InputStream channel) throws IOException {
        StringBuilder size = new StringBuilder();
        for (int next = channel.read(); next != '\n'; next = channel.read()) {
            // Nobody has a job for us any more.
            if (next < 0) Runtime.getRuntime().halt(0);
            size.append((char) next);
        }
        byte[] body = new byte[Integer.parseInt(size.toString())];
        new DataInputStream(channel).readFully(body);
        return (Map<?, ?>) Json.parse(new String(body, StandardCharsets.UTF_8));
    }

    private static void answer(String kind, String text) {
        try {
            answers.write(frame(kind, text));
        } catch (IOException closed) {
            System.err.println("the result could not be sent, because the script closed descriptor 3");
            System.exit(1);
        }
    }

    private static byte[] frame(String kind, String text) {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = (kind + " " + body.length + "\n").getBytes(StandardCharsets.UTF_8);
        byte[] whole = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, whole, head.length, body.length);
        return whole;
    }

    private static String describe(Throwable thrown) {
        String message = thrown.getMessage() == null ? "" : thrown.getMessage();
        return Json.write(Map.of("name", nameOf(thrown), "message", message, "stack", stackOf(thrown)));
    }

    private static String nameOf(Throwable thrown) {
        if (thrown instanceof Failure) return ((Failure) thrown).name;
        String name = thrown.getClass().getSimpleName();
        return name.isEmpty() ? thrown.getClass().getName() : name;
    }

    /** The calls of the script alone, then its causes. */
    private static String stackOf(Throwable thrown) {
        StringBuilder lines = new StringBuilder();
        for (Throwable error = thrown; error != null; error = error.getCause()) {
            if (error != thrown) lines.append("caused by ").append(error).append('\n');
            for (StackTraceElement call : error.getStackTrace()) {
                if (!SCRIPT.equals(call.getClassLoaderName())) continue;
                lines.append("at ").append(call.getClassName()).append('.').append(call.getMethodName());
                lines.append(" (").append(call.getFileName()).append(':').append(call.getLineNumber()).append(")\n");
            }
        }
        return lines.toString().stripTrailing();
    }

    /** There is no public way to a descriptor by its number, nor to change the environment; the command line opens these. */
    private static FileDescriptor openChannel(int number) throws ReflectiveOperationException {
        var constructor = FileDescriptor.class.getDeclaredConstructor(int.class);
        constructor.setAccessible(true);
        return constructor.newInstance(number);
    }

    @SuppressWarnings("unchecked")
    private static void setEnvironment(Map<?, ?> env) throws ReflectiveOperationException {
        var field = System.getenv().getClass().getDeclaredField("m");
        field.setAccessible(true);
        ((Map<Object, Object>) field.get(System.getenv())).putAll(env);
    }

    /** What is wrong with a call, told by its name. */
    static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final String name;

        Failure(String name, String message) {
            super(message);
            this.name = name;
        }
    }

    private Wrapper() {}
}
