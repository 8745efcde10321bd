package io.pointsman.kubernetes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.kubernetes.files.ManifestParser;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that randomly damaged manifests give objects and problems, or the one documented exception. */
class FuzzedManifestTest {
    private static final int ROUNDS = 2_000;
    private static final String SPICE = "{}[]:-?&*!|>'\"%@`#,\n\t \\~<.0";
    private static final String YAML = """
            %YAML 1.2
            ---
            apiVersion: v1
            kind: List
            items:
            - apiVersion: v1
              kind: Service
              metadata: &m {name: web, namespace: "sh\\u006fp", labels: {a: 'b'}}
              spec:
                clusterIP: 10.0.0.1
                ports: [{name: http, port: 80, nodePort: 30080}]
                sessionAffinity: ClientIP
            - {apiVersion: v1, kind: Node, metadata: *m}
            - apiVersion: discovery.k8s.io/v1
              kind: EndpointSlice
              metadata:
                name: web-1
                labels: {kubernetes.io/service-name: web}
                annotations:
                  note: |
                    two
                    lines
              addressType: IPv4
              endpoints:
              - addresses: [10.1.0.1]
                conditions: {ready: true}
            """;
    private static final String JSON = "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"web\"},\n"
            + "\"spec\":{\"clusterIP\":\"10.0.0.1\",\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}]}}";

    @ParameterizedTest
    @ValueSource(strings = {"a.yaml", "a.json"})
    void shouldSurviveRandomDamage(String file) {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            final byte[] bytes = damaged((file.endsWith("json") ? JSON : YAML).getBytes(UTF_8), random);
            try {
                assertThat(ManifestParser.parse(file, bytes, ManifestLimits.DEFAULT))
                        .isNotNull();
            } catch (UnreadableException e) {
                assertThat(e).as("seed %d, round %d", seed, round).hasMessageMatching("(?s).+");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round + ": " + new String(bytes, UTF_8), e);
            }
        }
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        for (int i = random.nextInt(8); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte)
                    (random.nextInt(10) == 0 ? random.nextInt(256) : SPICE.charAt(random.nextInt(SPICE.length())));
        }
        return bytes;
    }
}
