package io.pointsman.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.pointsman.testserver.ApiTestServer;
import io.pointsman.testserver.FakeCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code pointsman plan} and {@code plan diff}. */
class PlanCommandTest extends LookFixture {
    @Test
    void shouldCompareWithWhatAnApiServerHas() throws Exception {
        final FakeCluster cluster = new FakeCluster();
        cluster.put("""
                {"kind":"Service","apiVersion":"v1","metadata":{"name":"web","namespace":"default"},
                 "spec":{"type":"NodePort","clusterIP":"%s","externalTrafficPolicy":"Cluster",
                         "ports":[{"name":"http","port":%d,"protocol":"TCP"}]}}
                """.formatted(VIP, PORT));
        cluster.put(slice(ENDPOINT));
        start(config(manifest("web.yaml", VIP, "Cluster", ENDPOINT)).build());
        final String kubeconfig;
        try (ApiTestServer server = new ApiTestServer(cluster)) {
            kubeconfig = server.kubeconfig(folder).toString();
            final Said same = look("plan", "diff", "agent", "api", "--kubeconfig", kubeconfig);
            assertThat(same).isEqualTo(new Said(0, "no difference\n", same.err()));

            cluster.put(slice("127.91.4.9"));
            final Said changed = look("plan", "diff", "agent", "api", "--kubeconfig", kubeconfig);
            assertThat(changed.status()).as(changed.err()).isEqualTo(1);
            assertThat(changed.out())
                    .contains(
                            "new connections through " + VIP + ":8080 may also go to 127.91.4.9:8080",
                            "no longer go to " + ENDPOINT + ":8080",
                            "1 Service, 1 rule: 0 new, 0 gone, 1 changed");
        }
        final Said none = look("plan", "diff", "agent", "api", "--kubeconfig", kubeconfig);
        assertThat(none.status()).as(none.out()).isEqualTo(2);
        assertThat(none.out()).isEmpty();
    }

    private static String slice(String endpoint) {
        return """
                {"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1",
                 "metadata":{"name":"web-a","namespace":"default","labels":{"kubernetes.io/service-name":"web"}},
                 "addressType":"IPv4","endpoints":[{"addresses":["%s"],"nodeName":"here"}],
                 "ports":[{"name":"http","port":%d,"protocol":"TCP"}]}
                """.formatted(endpoint, PORT);
    }

    @Test
    void shouldTellThePlanAndWhatWouldChange() throws Exception {
        final Path now = manifest("now.yaml", VIP, "Cluster", ENDPOINT);
        start(config(now).build());

        final Said plan = look("plan", "--output", "json");
        assertThat(new YAMLMapper().readTree(look("plan", "--output", "yaml").out()))
                .isEqualTo(plan.json());
        assertThat(plan.json().at("/services/0/name").asText()).isEqualTo("web");
        assertThat(look("plan").out())
                .containsPattern("default/web +http/TCP +" + VIP + ":8080 +1 endpoint, as itself")
                .endsWith("node here, mode userspace: 1 rule\n");

        final Said same = look("plan", "diff", "agent", now.toString());
        assertThat(same).isEqualTo(new Said(0, "no difference\n", same.err()));

        final Path later = manifest("later.yaml", VIP, "Cluster", ENDPOINT, "127.91.4.9");
        final Said changed = look("plan", "diff", "agent", later.toString());
        assertThat(changed.status()).as(changed.err()).isEqualTo(1);
        assertThat(changed.out().lines())
                .containsExactly(
                        "default/web: changed",
                        "  new connections through " + VIP + ":8080 may also go to 127.91.4.9:8080",
                        "1 Service, 1 rule: 0 new, 0 gone, 1 changed",
                        "no connection ends");
        final Said back = look("plan", "diff", later.toString(), "agent", "-o", "json");
        assertThat(back.status()).isEqualTo(1);
        assertThat(back.json().at("/services/0/words/0").asText()).endsWith("no longer go to 127.91.4.9:8080");
        assertThat(back.json().has("connections")).isFalse();
    }

    @Test
    void shouldExplainWhatARunningAgentHasInForce() throws Exception {
        final Path now = manifest("now.yaml", VIP, "Cluster", ENDPOINT);
        start(config(now).masqueradeAll(true).build());
        final String[] connection = {"explain", "--agent", "--from", CLIENT, "--to", VIP + ":" + PORT};

        final Said said = look(connection);
        assertThat(said.status()).as(said.err()).isZero();
        assertThat(said.out().lines().findFirst())
                .hasValue("TCP " + CLIENT + ":40000 -> " + VIP + ":8080 at here, mode userspace");
        assertThat(said.out()).contains(ENDPOINT + ":8080 is the only one").contains("masquerade");

        final Said twice = look("explain", "--agent", "--at", "there", "--from", CLIENT, "--to", VIP + ":80");
        assertThat(twice.status()).isEqualTo(1);
        assertThat(twice.err()).contains("leave out --at");
        assertThat(look("explain", "--agent", "--manifest", now.toString(), "--from", CLIENT, "--to", VIP + ":80")
                        .err())
                .contains("leave out --manifest");
        end();
        final Said none = look(connection);
        assertThat(none.status()).isEqualTo(1);
        assertThat(none.err()).contains("no agent answers in " + folder.resolve("state"));
    }

    @Test
    void shouldCompareManifestsWithoutAnAgent() throws Exception {
        final String one = manifest("one.yaml", VIP, "Cluster", ENDPOINT).toString();
        final String two =
                manifest("two.yaml", "127.91.4.7", "Cluster", ENDPOINT).toString();
        assertThat(pointsman("plan", "diff", one, one).status()).isZero();
        final Said said = pointsman("plan", "diff", one, two);
        assertThat(said.status()).as(said.err()).isEqualTo(1);
        assertThat(said.out())
                .contains("default/web is no longer served at " + VIP + ":8080", "1 new, 1 gone, 0 changed");
        assertThat(pointsman("services", "--manifest", one).out()).contains("default/web", VIP + ":8080");

        final Said none = look("plan", "diff", "agent", one);
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("no agent answers in " + folder.resolve("state"));
        assertThat(pointsman("plan", "diff", one, folder.resolve("none").toString()))
                .satisfies(missing -> assertThat(missing.status()).isEqualTo(2))
                .satisfies(missing -> assertThat(missing.err()).contains("there is no file or folder"));
        assertThat(look("services").status()).isEqualTo(1);
        assertThat(look("services", "--watch", "-o", "json").err()).contains("leave out --output");
    }
}
