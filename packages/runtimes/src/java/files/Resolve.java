import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.apache.maven.model.Repository;
import org.apache.maven.model.superpom.DefaultSuperPomProvider;
import org.apache.maven.model.building.DefaultModelProcessor;
import org.apache.maven.model.io.DefaultModelReader;
import org.apache.maven.model.locator.DefaultModelLocator;
import org.apache.maven.repository.internal.MavenRepositorySystemUtils;
import org.apache.maven.wagon.Wagon;
import org.apache.maven.wagon.providers.file.FileWagon;
import org.apache.maven.wagon.providers.http.HttpWagon;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.connector.basic.BasicRepositoryConnectorFactory;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.impl.DefaultServiceLocator;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.resolution.ArtifactRequest;
import org.eclipse.aether.resolution.ArtifactResult;
import org.eclipse.aether.resolution.DependencyRequest;
import org.eclipse.aether.spi.connector.RepositoryConnectorFactory;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.transport.wagon.WagonProvider;
import org.eclipse.aether.transport.wagon.WagonTransporterFactory;
import org.eclipse.aether.util.artifact.JavaScopes;
import org.eclipse.aether.util.filter.DependencyFilterUtils;
import org.eclipse.aether.util.repository.AuthenticationBuilder;
import org.eclipse.aether.util.repository.JreProxySelector;

/**
 * "resolve": the coordinates in the file "requirements", with all that they need, become the file "lock" (a line for each jar:
 * coordinates and SHA-256). "install": the jars of the file "lock" are put into the folder "packages". The second argument is
 * a repository on this disk, which is asked first.
 */
public final class Resolve {
    private final RepositorySystem system;
    private final DefaultRepositorySystemSession session = MavenRepositorySystemUtils.newSession();
    private final List<RemoteRepository> repositories = findRepositories();

    public static void main(String[] args) throws Exception {
        useProxy("http");
        useProxy("https");
        try {
            Resolve resolve = new Resolve(args[1]);
            if (args[0].equals("resolve")) resolve.writeLock();
            else resolve.installLock();
        } catch (Exception error) {
            Throwable cause = error;
            while (cause.getCause() != null && !String.valueOf(cause.getMessage()).startsWith("Could not")) cause = cause.getCause();
            System.err.println(cause.getMessage() == null ? error.toString() : cause.getMessage());
            System.exit(1);
        }
    }

    private Resolve(String folder) {
        DefaultServiceLocator locator = MavenRepositorySystemUtils.newServiceLocator();
        locator.addService(RepositoryConnectorFactory.class, BasicRepositoryConnectorFactory.class);
        locator.addService(TransporterFactory.class, WagonTransporterFactory.class);
        locator.setServices(WagonProvider.class, new Wagons());
        system = locator.getService(RepositorySystem.class);
        session.setLocalRepositoryManager(system.newLocalRepositoryManager(session, new LocalRepository(folder)));
        session.setChecksumPolicy("fail");
        session.setProxySelector(new JreProxySelector());
    }

    private void writeLock() throws Exception {
        CollectRequest wanted = new CollectRequest();
        for (String coordinates : Files.readAllLines(Path.of("requirements"))) {
            wanted.addDependency(new Dependency(new DefaultArtifact(coordinates), JavaScopes.COMPILE));
        }
        wanted.setRepositories(repositories);
        DependencyRequest request = new DependencyRequest(wanted, DependencyFilterUtils.classpathFilter(JavaScopes.RUNTIME));
        TreeSet<String> lines = new TreeSet<>();
        for (ArtifactResult result : system.resolveDependencies(session, request).getArtifactResults()) {
            Artifact artifact = result.getArtifact();
            if (artifact.getExtension().equals("jar")) lines.add(artifact + " sha256:" + hash(artifact.getFile().toPath()));
        }
        Files.write(Path.of("lock"), lines);
    }

    private void installLock() throws Exception {
        Path folder = Files.createDirectory(Path.of("packages"));
        for (String line : Files.readAllLines(Path.of("lock"))) {
            String[] parts = line.trim().split("\\s+");
            ArtifactRequest request = new ArtifactRequest(new DefaultArtifact(parts[0]), repositories, null);
            Path jar = system.resolveArtifact(session, request).getArtifact().getFile().toPath();
            String expected = parts.length > 1 ? parts[1] : "";
            if (expected.startsWith("sha256:") && !expected.equals("sha256:" + hash(jar))) {
                throw new IOException(parts[0] + " is another file than the lock says; deploy the script again to pin it");
            }
            Files.copy(jar, folder.resolve(parts[0].replace(':', '_') + ".jar"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static String hash(Path file) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    /** Those of MAVEN_REPOSITORIES (addresses with a space between, which may hold a name and a password), or Maven's own. */
    private static List<RemoteRepository> findRepositories() {
        List<RemoteRepository> found = new ArrayList<>();
        String told = System.getenv("MAVEN_REPOSITORIES");
        if (told == null || told.isBlank()) {
            for (Repository each : superPom().getSuperModel("4.0.0").getRepositories()) {
                found.add(new RemoteRepository.Builder(each.getId(), "default", each.getUrl()).build());
            }
            return found;
        }
        for (String address : told.trim().split("[\\s,]+")) {
            String user = URI.create(address).getUserInfo();
            String bare = user == null ? address : address.replace(URI.create(address).getRawUserInfo() + "@", "");
            String id = "repository-" + Integer.toHexString(bare.hashCode());
            RemoteRepository.Builder builder = new RemoteRepository.Builder(id, "default", bare);
            if (user != null) {
                String[] parts = user.split(":", 2);
                String password = parts.length > 1 ? parts[1] : "";
                builder.setAuthentication(new AuthenticationBuilder().addUsername(parts[0]).addPassword(password).build());
            }
            found.add(builder.build());
        }
        return found;
    }

    private static DefaultSuperPomProvider superPom() {
        DefaultModelProcessor processor = new DefaultModelProcessor();
        processor.setModelLocator(new DefaultModelLocator()).setModelReader(new DefaultModelReader());
        return new DefaultSuperPomProvider().setModelProcessor(processor);
    }

    /** Java has its own words for the proxy of the environment. */
    private static void useProxy(String scheme) {
        String proxy = System.getenv(scheme + "_proxy");
        if (proxy == null) proxy = System.getenv(scheme.toUpperCase() + "_PROXY");
        if (proxy == null || proxy.isBlank()) return;
        URI address = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
        System.setProperty(scheme + ".proxyHost", address.getHost());
        if (address.getPort() > 0) System.setProperty(scheme + ".proxyPort", Integer.toString(address.getPort()));
        String none = System.getenv("no_proxy") == null ? System.getenv("NO_PROXY") : System.getenv("no_proxy");
        if (none != null) System.setProperty("http.nonProxyHosts", none.replace(',', '|').replaceAll("(^|\\|)\\.", "$1*."));
    }

    private static final class Wagons implements WagonProvider {
        @Override
        public Wagon lookup(String scheme) {
            return scheme.equals("file") ? new FileWagon() : new HttpWagon();
        }

        @Override
        public void release(Wagon wagon) {}
    }
}
