package io.pointsman.kubernetes.cluster;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.Cluster;
import io.fabric8.kubernetes.api.model.ExecConfig;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import io.fabric8.kubernetes.client.okhttp.OkHttpClientFactory;
import io.fabric8.kubernetes.client.okhttp.OkHttpClientImpl;
import io.fabric8.kubernetes.client.utils.HttpClientUtils;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.pointsman.model.ConfigException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;

/**
 * Makes connections from a kubeconfig or a pod's service account. The client library reads the kubeconfig (certificates,
 * tokens, proxies) and sets TLS up; token files and {@link ServerName}s are read here, as it does not know them, and so are
 * {@link ExecPlugin}s.
 */
final class Connector {
    /** Folder of a pod's credentials. */
    static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private static final String TOKEN = "token";
    private static final String ELLIPTIC = "EC";
    private static final int CONNECT_MILLIS = 10_000;
    private static final Duration PLUGIN_WITHIN = Duration.ofSeconds(30); // a plugin may ask a remote service
    private static final long PING_MILLIS =
            10_000L; // HTTP/2: a ping not answered before the next one ends the connection

    private final Optional<Path> kubeconfig;
    private final Path serviceAccount;
    private final Map<String, String> environment;
    private final Duration pluginWithin;

    Connector(Optional<Path> kubeconfig) {
        this(kubeconfig, PLUGIN_WITHIN);
    }

    /** @param pluginWithin the longest time for an exec plugin */
    Connector(Optional<Path> kubeconfig, Duration pluginWithin) {
        this(kubeconfig, SERVICE_ACCOUNT, System.getenv(), pluginWithin);
    }

    Connector(Optional<Path> kubeconfig, Path serviceAccount, Map<String, String> environment) {
        this(kubeconfig, serviceAccount, environment, PLUGIN_WITHIN);
    }

    private Connector(
            Optional<Path> kubeconfig, Path serviceAccount, Map<String, String> environment, Duration pluginWithin) {
        this.kubeconfig = kubeconfig;
        this.serviceAccount = serviceAccount;
        this.environment = environment;
        this.pluginWithin = pluginWithin;
    }

    /** Whether this process runs in a pod with a service account. */
    static boolean isInPod() {
        return System.getenv("KUBERNETES_SERVICE_HOST") != null && Files.exists(SERVICE_ACCOUNT.resolve(TOKEN));
    }

    /**
     * Returns the server's address, without connecting or running a program.
     *
     * @throws ConfigException if the configuration names none
     */
    String server() throws ConfigException {
        if (kubeconfig.isEmpty()) {
            return podServer();
        }
        final Path file = kubeconfig.get();
        final io.fabric8.kubernetes.api.model.Config parsed = parse(file);
        final NamedContext context = currentContext(file, parsed);
        return ofCluster(parsed, context, Cluster::getServer)
                .orElseThrow(() -> new ConfigException("kubeconfig " + file + ": the cluster \""
                        + context.getContext().getCluster()
                        + "\" of its current context has no server; give one under clusters"));
    }

    /** A field of the context's cluster; nothing where it is not there, or empty. */
    private static Optional<String> ofCluster(
            io.fabric8.kubernetes.api.model.Config parsed,
            NamedContext context,
            Function<Cluster, @Nullable String> field) {
        return parsed.getClusters().stream()
                .filter(named -> named.getName().equals(context.getContext().getCluster()))
                .map(named -> named.getCluster() == null ? null : field.apply(named.getCluster()))
                .filter(value -> value != null && !value.isEmpty())
                .findFirst();
    }

    private String podServer() throws ConfigException {
        final String host = environment.get("KUBERNETES_SERVICE_HOST");
        final String port = environment.get("KUBERNETES_SERVICE_PORT");
        if (host == null || host.isEmpty() || port == null || port.isEmpty()) {
            throw new ConfigException("kubeconfig: none given, and this is no pod (KUBERNETES_SERVICE_HOST and"
                    + " KUBERNETES_SERVICE_PORT are not set); give --kubeconfig FILE");
        }
        return "https://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }

    private static io.fabric8.kubernetes.api.model.Config parse(Path file) throws ConfigException {
        try (InputStream in = Files.newInputStream(file)) {
            final io.fabric8.kubernetes.api.model.@Nullable Config parsed =
                    Serialization.unmarshal(in, io.fabric8.kubernetes.api.model.Config.class);
            if (parsed == null) {
                throw new ConfigException("kubeconfig " + file + ": is empty");
            }
            return parsed;
        } catch (NoSuchFileException e) {
            throw new ConfigException("kubeconfig " + file + ": there is no such file; correct the path", e);
        } catch (IOException | KubernetesClientException | IllegalArgumentException e) {
            throw new ConfigException("kubeconfig " + file + ": can't be read: " + e.getMessage(), e);
        }
    }

    private static NamedContext currentContext(Path file, io.fabric8.kubernetes.api.model.Config parsed)
            throws ConfigException {
        final String name = parsed.getCurrentContext();
        if (name == null || name.isEmpty()) {
            throw new ConfigException("kubeconfig " + file + ": has no current-context; set one");
        }
        return parsed.getContexts().stream()
                .filter(context -> name.equals(context.getName()) && context.getContext() != null)
                .findFirst()
                .orElseThrow(() -> new ConfigException(
                        "kubeconfig " + file + ": its current-context \"" + name + "\" is not among its contexts"));
    }

    /**
     * Reads the whole configuration again, certificates and keys included, and runs the exec plugin if there is one.
     *
     * @throws ConfigException if that fails; a later call may succeed
     */
    Connection connect() throws ConfigException {
        final String server = server();
        try {
            final Config config = kubeconfig.isPresent() ? read(kubeconfig.get()) : Config.empty();
            if (kubeconfig.isEmpty()) {
                config.setMasterUrl(server);
                config.setCaCertFile(serviceAccount.resolve("ca.crt").toString());
            }
            config.setConnectionTimeout(CONNECT_MILLIS);
            config.setWebsocketPingInterval(PING_MILLIS);
            final HttpUrl url = HttpUrl.get(config.getMasterUrl());
            return new Connection(
                    url.encodedPath().endsWith("/")
                            ? url
                            : url.newBuilder().addPathSegment("").build(),
                    client(config, serverName()),
                    credentials(config));
        } catch (KubernetesClientException | IllegalArgumentException e) {
            final Throwable root = rootCause(e);
            throw new ConfigException(
                    "API server " + server + ": configuration can't be used: " + e.getMessage()
                            + (e.getCause() == null ? "" : " (" + root.getMessage() + ")"),
                    e);
        }
    }

    /** Reads a kubeconfig by the library, except for exec plugins. */
    private Config read(Path file) throws ConfigException {
        final io.fabric8.kubernetes.api.model.Config parsed = KubeConfigUtils.parseConfig(file.toFile());
        final Optional<ExecConfig> plugin =
                user(parsed, currentContext(file, parsed)).map(AuthInfo::getExec);
        user(parsed, currentContext(file, parsed)).ifPresent(user -> user.setExec(null));
        final Config config = Config.empty();
        KubeConfigUtils.merge(config, null, parsed);
        final String token = config.getAutoOAuthToken();
        if (plugin.isPresent() && (token == null || token.isEmpty())) {
            final Path folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file's folder");
            final ExecPlugin.Credential credential = new ExecPlugin(plugin.get(), folder, pluginWithin).ask();
            if (!credential.token().isEmpty()) {
                config.setAutoOAuthToken(credential.token());
            }
            if (!credential.certificate().isEmpty() && !credential.key().isEmpty()) {
                config.setClientCertData(credential.certificate());
                config.setClientKeyData(credential.key());
            }
        }
        return config;
    }

    private static Optional<AuthInfo> user(io.fabric8.kubernetes.api.model.Config parsed, NamedContext context) {
        final String name = context.getContext().getUser();
        final List<NamedAuthInfo> users = parsed.getUsers() == null ? List.of() : parsed.getUsers();
        return users.stream()
                .filter(named -> named.getName().equals(name) && named.getUser() != null)
                .map(NamedAuthInfo::getUser)
                .findFirst();
    }

    private static Throwable rootCause(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause.getCause() != null && depth < 10; depth++) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** The name that the server's certificate has, where that is not the host that is dialed. */
    private Optional<String> serverName() throws ConfigException {
        if (kubeconfig.isEmpty()) {
            return Optional.empty();
        }
        final io.fabric8.kubernetes.api.model.Config parsed = parse(kubeconfig.get());
        return ofCluster(parsed, currentContext(kubeconfig.get(), parsed), Cluster::getTlsServerName);
    }

    private static OkHttpClient client(Config config, Optional<String> serverName) {
        final OkHttpClient client = client(config);
        return serverName.isEmpty() ? client : ServerName.asked(client, serverName.get());
    }

    private static OkHttpClient client(Config config) {
        try {
            return build(config);
        } catch (KubernetesClientException e) {
            final boolean hasKey = config.getClientKeyFile() != null || config.getClientKeyData() != null;
            if (!hasKey || ELLIPTIC.equals(config.getClientKeyAlgo())) {
                throw e;
            }
            // The library assumes that a key in "BEGIN PRIVATE KEY" is RSA, whatever it is.
            config.setClientKeyAlgo(ELLIPTIC);
            return build(config);
        }
    }

    private static OkHttpClient build(Config config) {
        final HttpClient.Factory factory = new OkHttpClientFactory() {
            @Override
            protected void additionalConfig(OkHttpClient.Builder builder) {
                builder.socketFactory(new KeepAliveSockets());
            }
        };
        return ((OkHttpClientImpl) factory.newBuilder(config).build()).getOkHttpClient();
    }

    private Connection.Credentials credentials(Config config) throws ConfigException {
        final Optional<Path> tokenFile = tokenFile();
        if (tokenFile.isPresent()) {
            return () ->
                    Optional.of("Bearer " + Files.readString(tokenFile.get()).strip());
        }
        final Optional<String> header = header(config);
        return () -> header;
    }

    private static Optional<String> header(Config config) {
        final String token = config.getAutoOAuthToken();
        if (token != null && !token.isEmpty()) {
            return Optional.of("Bearer " + token);
        }
        return config.getUsername() == null || config.getPassword() == null
                ? Optional.empty()
                : Optional.of(HttpClientUtils.basicCredentials(config.getUsername(), config.getPassword()));
    }

    /** Returns the token file, which takes precedence over a token, as in client-go. */
    private Optional<Path> tokenFile() throws ConfigException {
        if (kubeconfig.isEmpty()) {
            return Optional.of(serviceAccount.resolve(TOKEN));
        }
        final Path file = kubeconfig.get();
        final io.fabric8.kubernetes.api.model.Config parsed = parse(file);
        return user(parsed, currentContext(file, parsed))
                .map(AuthInfo::getTokenFile)
                .filter(path -> !path.isEmpty())
                .map(path -> file.toAbsolutePath().resolveSibling(path));
    }
}
