package io.pointsman.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterStateTest {
    @TempDir
    private Path folder;

    private ClusterState state;

    @BeforeEach
    void exposeTheLoadBalancer() throws IOException {
        state = new ClusterState(new ManifestStore(folder, ObjectStore.Write::make));
        state.expose("loadbalancer");
    }

    @Test
    void shouldGiveAHealthCheckNodePortWhenThePolicyIsLocal() throws IOException {
        assertThat(state.get("loadbalancer").at("/spec/healthCheckNodePort").isMissingNode())
                .isTrue();

        state.patch("loadbalancer", Tutorial.LOCAL);

        assertThat(state.get("loadbalancer").at("/spec/healthCheckNodePort").asInt())
                .isEqualTo(32122);
        assertThat(state.get("loadbalancer").at("/spec/ports/0/nodePort").asInt())
                .isEqualTo(30081);

        state.patch("loadbalancer", "{\"spec\":{\"externalTrafficPolicy\":\"Cluster\",\"ports\":null}}");

        assertThat(state.get("loadbalancer").at("/spec/healthCheckNodePort").isMissingNode())
                .isTrue();
        assertThat(state.get("loadbalancer").at("/spec/ports").isMissingNode()).isTrue();
    }

    @Test
    void shouldWriteASliceForEachFamilyThatFollowsThePods() throws IOException {
        state.pods(List.of(TutorialCluster.APP.leaving(), TutorialCluster.APP_2));

        final JsonNode items = new ObjectMapper()
                .readTree(Files.readString(folder.resolve("cluster.json")))
                .get("items");
        assertThat(items.size()).isEqualTo(3 + 1 + 2);
        final JsonNode slice = items.get(5);
        assertThat(slice.at("/addressType").asText()).isEqualTo("IPv6");
        assertThat(slice.at("/endpoints/0/conditions/serving").asBoolean()).isTrue();
        assertThat(slice.at("/endpoints/0/conditions/ready").asBoolean()).isFalse();
        assertThat(slice.at("/endpoints/1/addresses/0").asText()).isEqualTo("fd00:10:244:3::137");
        assertThat(slice.at("/ports/0/port").asInt()).isEqualTo(8080);
    }
}
