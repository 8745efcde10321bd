package io.pointsman.kubernetes.cluster;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A key and its self-signed certificate, made by the JDK's keytool. */
final class Identity {
    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final String ALIAS = "it";

    private final KeyStore store;

    private Identity(KeyStore store) {
        this.store = store;
    }

    /** @param address that the certificate is good for */
    static Identity create(Path folder, String name, String address) throws Exception {
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

    KeyStore store() {
        return store;
    }

    char[] password() {
        return PASSWORD.clone();
    }

    Certificate certificate() throws Exception {
        return store.getCertificate(ALIAS);
    }

    String certificatePem() throws Exception {
        return pem("CERTIFICATE", certificate().getEncoded());
    }

    String keyPem() throws Exception {
        return pem("PRIVATE KEY", store.getKey(ALIAS, PASSWORD).getEncoded());
    }

    private static String pem(String what, byte[] bytes) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes) + "\n-----END " + what + "-----\n";
    }
}
