package io.pointsman.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class InMemorySourceTest {
    private static final ObjectName WEB = new ObjectName("shop", "web");

    private final List<String> events = new ArrayList<>();
    private final ServiceSource.Listener listener = new ServiceSource.Listener() {
        @Override
        public void changed(List<ObjectChange> changes) {
            for (ObjectChange change : changes) {
                switch (change) {
                    case ObjectChange.Put put ->
                        events.add("put " + put.object().objectName());
                    case ObjectChange.Delete delete -> events.add("delete " + delete.name());
                }
            }
        }

        @Override
        public void synced() {
            events.add("synced");
        }

        @Override
        public void problems(List<ServiceSource.Problem> problems) {
            events.add("problems");
        }
    };

    @Test
    void shouldDeliverWhatIsThereAndThenWhatChanges() {
        final Service web = Service.builder(WEB).build();
        final InMemorySource source = InMemorySource.of(web);
        source.start(listener);

        source.put(Service.builder(WEB).build());
        source.put(Service.builder(WEB).healthCheckNodePort(32122).build());
        source.put(new Node("n1", List.of(), Optional.empty(), List.of(), false, Set.of()));
        source.delete(ClusterObject.Kind.SERVICE, WEB);
        source.delete(ClusterObject.Kind.SERVICE, WEB);

        assertThat(events).containsExactly("put shop/web", "synced", "put shop/web", "put /n1", "delete shop/web");
    }

    @Test
    void shouldDeliverNothingAfterClose() {
        final InMemorySource source = InMemorySource.of();
        source.start(listener);

        source.close();
        source.put(Service.builder(WEB).build());

        assertThat(events).containsExactly("synced");
        assertThatThrownBy(() -> source.start(listener)).isInstanceOf(IllegalStateException.class);
    }
}
