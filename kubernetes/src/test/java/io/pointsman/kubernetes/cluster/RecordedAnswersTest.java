package io.pointsman.kubernetes.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.pointsman.kubernetes.api.ApiEvent;
import io.pointsman.kubernetes.api.ApiItem;
import io.pointsman.kubernetes.api.ApiPage;
import io.pointsman.kubernetes.api.ApiReader;
import io.pointsman.model.ClusterObject;
import io.pointsman.testserver.Recorded;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the reader with recordings of a real API server. */
class RecordedAnswersTest {
    private static final long MAX_BYTES = 1 << 20;

    @ParameterizedTest
    @CsvSource({
        "services-watchlist-clusterip.jsonl, SERVICE",
        "services-watchlist-empty.jsonl, SERVICE",
        "services-watch.jsonl, SERVICE",
        "services-watch-policy.jsonl, SERVICE",
        "services-watch-selector.jsonl, SERVICE",
        "services-watch-recreate.jsonl, SERVICE",
        "services-watch-finalizer.jsonl, SERVICE",
        "endpointslices-watchlist-headless.jsonl, ENDPOINT_SLICE",
        "endpointslices-watch.jsonl, ENDPOINT_SLICE",
        "nodes-watchlist.jsonl, NODE",
        "nodes-watch.jsonl, NODE",
        "servicecidrs-watchlist.jsonl, SERVICE_CIDR",
    })
    void shouldTakeEachEventOfAWatch(String name, ClusterObject.Kind kind) throws IOException {
        final byte[] bytes = Recorded.bytes(name);
        final ApiReader reader = ApiReader.of(new ByteArrayInputStream(bytes), kind);
        int events = 0;
        for (ApiEvent event = reader.nextEvent(); event != null; event = reader.nextEvent()) {
            events++;
            switch (event) {
                case ApiEvent.Put(ApiItem item, String version) -> {
                    assertThat(item).isInstanceOf(ApiItem.Taken.class);
                    assertThat(version).isNotEmpty();
                }
                case ApiEvent.Delete delete -> assertThat(delete.key()).isNotNull();
                case ApiEvent.Bookmark bookmark ->
                    assertThat(bookmark.endsInitialEvents()).isEqualTo(name.contains("watchlist"));
                case ApiEvent.Failed failed -> throw new AssertionError(failed.toString());
            }
        }

        assertThat(events).isPositive().isEqualTo((int)
                new String(bytes, StandardCharsets.UTF_8).lines().count());
    }

    @Test
    void shouldPutThePagesOfAListTogether() throws IOException {
        final List<ApiItem> paged = new ArrayList<>();
        final List<ApiItem> whole = new ArrayList<>();
        final ApiPage first = page("services-page-1.json", paged);
        final ApiPage second = page("services-page-2.json", paged);
        final ApiPage last = page("services-page-3.json", paged);
        final ApiPage list = page("services-list.json", whole);

        assertThat(first.next()).isNotEmpty();
        assertThat(second.next()).isNotEmpty();
        assertThat(List.of(last.next(), list.next())).containsOnly("");
        assertThat(List.of(first.version(), second.version())).containsOnly(last.version());
        assertThat(paged).containsExactlyInAnyOrderElementsOf(whole);
        assertThat(page("services-list-empty.json", whole).version()).isNotEmpty();
    }

    private static ApiPage page(String name, List<ApiItem> items) throws IOException {
        return ApiReader.of(new ByteArrayInputStream(Recorded.bytes(name)), ClusterObject.Kind.SERVICE)
                .page(MAX_BYTES, items::add);
    }
}
