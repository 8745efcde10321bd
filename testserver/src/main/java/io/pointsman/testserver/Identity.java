package io.pointsman.testserver;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** A key and its self-signed certificate, made by the JDK's keytool. */
public final class Identity {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final String ALIAS = "it";

    private final KeyStore store;

    private Identity(KeyStore store) {
        this.store = store;
    }

    /**
     * Makes one.
     *
     * @param name the common name; for a client, who it is
     * @param address that the certificate is good for
     */
    public static Identity create(Path folder, String name, String address)
            throws IOException, GeneralSecurityException, InterruptedException {
        final Path file = folder.resolve(name + ".p12");
        final Process keytool = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        ALIAS,
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:" + address,
                        "-validity",
                        "2",
                        "-keystore",
                        file.toString(),
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD)))
                .redirectErrorStream(true)
                .start();
        final String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!keytool.waitFor(1, TimeUnit.MINUTES) || keytool.exitValue() != 0) {
            throw new IllegalStateException("keytool: " + said);
        }
        final KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        return new Identity(store);
    }

    /** A listening socket of a server that this is, not bound yet; the client has to be that one, where one is given. */
    SSLServerSocket serverSocket(Optional<Identity> client) throws IOException {
        try {
            final KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, PASSWORD);
            final SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys.getKeyManagers(), client.isPresent() ? client.get().trust() : null, null);
            final SSLServerSocket socket =
                    (SSLServerSocket) context.getServerSocketFactory().createServerSocket();
            socket.setNeedClientAuth(client.isPresent());
            return socket;
        } catch (GeneralSecurityException e) {
            throw new IOException("no TLS: " + e.getMessage(), e);
        }
    }

    private TrustManager[] trust() throws GeneralSecurityException, IOException {
        final KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("client", certificate());
        final TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        return trust.getTrustManagers();
    }

    public Certificate certificate() throws GeneralSecurityException {
        return store.getCertificate(ALIAS);
    }

    public String certificatePem() throws GeneralSecurityException {
        return pem("CERTIFICATE", certificate().getEncoded());
    }

    public String keyPem() throws GeneralSecurityException {
        return pem("PRIVATE KEY", store.getKey(ALIAS, PASSWORD).getEncoded());
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }
}
