package millrace;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles Main.java of the working folder, with the packages of the folder that it is called with, into the jar "program". */
public final class Compile {
    /** What joins texts is compiled, not made at the first use, which takes as long as the rest of a short job. */
    private static final String INLINE = "-XDstringConcat=inline";

    public static void main(String[] args) throws Exception {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        StandardJavaFileManager files = compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8);
        Outputs outputs = new Outputs(files);
        StringBuilder packages = new StringBuilder();
        for (URL jar : Wrapper.findPackages(Path.of(args[0]))) packages.append(Path.of(jar.toURI())).append(':');
        List<String> options = List.of("-g", "-parameters", "-nowarn", INLINE, "-cp", packages.toString());
        boolean isGood = compiler
                .getTask(null, outputs, found, options, null, files.getJavaFileObjects(Path.of("Main.java")))
                .call();
        for (Diagnostic<?> problem : found.getDiagnostics()) {
            if (problem.getKind() == Diagnostic.Kind.ERROR) System.err.println(tell(problem));
        }
        if (!isGood) System.exit(1);
        try (JarOutputStream jar = new JarOutputStream(Files.newOutputStream(Path.of("program")))) {
            jar.setLevel(0);
            for (Map.Entry<String, ByteArrayOutputStream> output : outputs.made.entrySet()) {
                jar.putNextEntry(new JarEntry(output.getKey()));
                output.getValue().writeTo(jar);
            }
        }
    }

    private static String tell(Diagnostic<?> problem) {
        String place = problem.getLineNumber() < 0 ? "" : "Main.java:" + problem.getLineNumber() + ": ";
        return place + problem.getMessage(Locale.ROOT);
    }

    /** Keeps in memory what the compiler makes, by its name in the jar. */
    private static final class Outputs extends ForwardingJavaFileManager<JavaFileManager> {
        final Map<String, ByteArrayOutputStream> made = new TreeMap<>();

        Outputs(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(Location where, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new Output(name.replace('.', '/') + kind.extension, kind);
        }

        @Override
        public FileObject getFileForOutput(Location where, String folder, String name, FileObject sibling) {
            return new Output(folder.isEmpty() ? name : folder.replace('.', '/') + "/" + name, JavaFileObject.Kind.OTHER);
        }

        private final class Output extends SimpleJavaFileObject {
            private final String path;

            Output(String path, Kind kind) {
                super(URI.create("memory:///" + path), kind);
                this.path = path;
            }

            @Override
            public OutputStream openOutputStream() {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                made.put(path, bytes);
                return bytes;
            }

            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return made.get(path).toString(StandardCharsets.UTF_8);
            }
        }
    }

    private Compile() {}
}
